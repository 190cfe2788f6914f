//go:build !unix

package direct

// look reports whether a connection that waited is still open and nothing came on it: elsewhere
// nobody knows, and each request has a connection of its own.
func (c *conn) look() (quiet, unasked bool) { return false, c.in.Buffered() > 0 }
