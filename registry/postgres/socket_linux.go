package postgres

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT (RFC 5482, tcp(7)), which package syscall does not have.
const tcpUserTimeout = 18

// unacknowledged has the kernel end a connection whose data is not acknowledged for some time.
func unacknowledged(most time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var failed error
		err := c.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(most.Milliseconds()))
		})
		if err != nil {
			return err
		}
		return failed
	}
}
