package spool

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// Sync is fdatasync: a segment is filled with zeros before it is used, so that a
// commit changes no metadata and one device flush is all it costs. A change of
// length is still made durable (fdatasync(2)).
//
// It is called again only when a signal interrupted it (EINTR), which is no
// answer from the disk; any other error is final.
func (f diskFile) Sync() error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// Free gives the bytes that an ordinary user may still write.
func (Disk) Free(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, os.NewSyscallError("statfs", err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// Identity is the device, the inode, the length and the time of the last write.
func (Disk) Identity(name string) (string, error) {
	var st syscall.Stat_t
	if err := syscall.Lstat(name, &st); err != nil {
		return "", &os.PathError{Op: "lstat", Path: name, Err: err}
	}
	return fmt.Sprintf("%d:%d:%d:%d.%d", st.Dev, st.Ino, st.Size, st.Mtim.Sec, st.Mtim.Nsec), nil
}

// Lock takes an advisory lock (flock) that ends with the process, however it
// ends. It holds between two Opens in one process too.
func (Disk) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close() //nolint:errcheck // there is nothing in it
		if err == syscall.EWOULDBLOCK {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("flock: %w", err)
	}
	return f, nil
}
