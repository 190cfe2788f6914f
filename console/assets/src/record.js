// Additions of the room record: every page works without them.
export function start() {}
