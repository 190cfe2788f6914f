//go:build !unix

package direct

// quiet reports whether a connection that waited is still open, and nothing came on it: elsewhere
// nobody knows, and each request has a connection of its own.
func (c *conn) quiet() bool { return false }
