// Additions of the room core: every page works without them.
export function start() {}
