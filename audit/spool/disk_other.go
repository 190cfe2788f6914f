//go:build !linux

package spool

import (
	"fmt"
	"io"
	"math"
	"os"
)

// Sync asks the platform for all the durability that Go knows how to ask for
// (F_FULLFSYNC on Darwin, FlushFileBuffers on Windows).
func (f diskFile) Sync() error { return f.File.Sync() }

// Free is not known here: MinFreeBytes has no effect, and a full disk is found
// by the write that fails.
func (Disk) Free(string) (uint64, error) { return math.MaxInt64, nil }

// Identity is the length and the time of the last write: what can be had everywhere.
func (Disk) Identity(name string) (string, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano()), nil
}

// Lock only makes the file: away from Linux, where a developer tries the broker
// out, nothing prevents a second process. Production is Linux.
func (Disk) Lock(name string) (io.Closer, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
}
