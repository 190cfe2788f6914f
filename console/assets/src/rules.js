// Additions of the room rules: every page works without them.
export function start() {}
