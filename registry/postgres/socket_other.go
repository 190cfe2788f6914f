//go:build !linux

package postgres

import (
	"syscall"
	"time"
)

// unacknowledged does nothing where the kernel has no such limit: keepalives end the connection.
func unacknowledged(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
