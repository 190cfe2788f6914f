//go:build unix

package direct

import (
	"errors"
	"syscall"
)

// look reports whether a connection that waited is still open and nothing came on it, and whether
// something came that nobody asked for.
func (c *conn) look() (quiet, unasked bool) {
	if c.in.Buffered() > 0 {
		return false, true
	}
	s, ok := c.raw.(syscall.Conn)
	if !ok {
		return false, false
	}
	socket, err := s.SyscallConn()
	if err != nil {
		return false, false
	}
	var one [1]byte
	err = socket.Read(func(fd uintptr) bool {
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet, unasked = errors.Is(err, syscall.EAGAIN), n > 0
		return true
	})
	return err == nil && quiet, unasked
}
