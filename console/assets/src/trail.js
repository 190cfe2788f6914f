// Additions of the room trail: every page works without them.
export function start() {}
