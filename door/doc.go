// Package door keeps a listening socket open while those who serve behind it change.
//
// Closing a socket resets every connection that the kernel has queued for it, and a server
// of [net/http] that is shutting down drops a request that it has just read on a new
// connection. So a new server opens a door of its own at the same socket, and the old one
// is settled before it is shut down: nobody comes in by its door any more, those who have
// said nothing yet are sent on to the new one, and those who have begun are waited for.
//
// And what a server writes in several pieces leaves by a connection at once (Together).
package door
