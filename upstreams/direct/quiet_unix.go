//go:build unix

package direct

import (
	"errors"
	"syscall"
)

// quiet reports whether a connection that waited is still open, and nothing came on it.
func (c *conn) quiet() bool {
	s, ok := c.raw.(syscall.Conn)
	if !ok || c.in.Buffered() > 0 {
		return false
	}
	socket, err := s.SyscallConn()
	if err != nil {
		return false
	}
	var one [1]byte
	silent := false
	err = socket.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && silent
}
