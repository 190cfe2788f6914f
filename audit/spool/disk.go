package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Disk is the file system of this machine.
type Disk struct{}

// MakeDir makes dir, syncing each directory that gained a name: without that a
// loss of power can take the whole spool away, acknowledged entries included.
func (d Disk) MakeDir(dir string) error {
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return errors.New(dir + " is not a directory")
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := d.MakeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return d.SyncDir(parent)
}

// List gives the names in dir.
func (Disk) List(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}

// Open opens a file for reading.
func (Disk) Open(name string) (File, error) { return opened(os.Open(name)) }

// Edit opens a file for reading and writing.
func (Disk) Edit(name string) (File, error) { return opened(os.OpenFile(name, os.O_RDWR, 0)) }

// Create makes an empty file.
func (Disk) Create(name string) (File, error) {
	return opened(os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600))
}

// Rename renames a file.
func (Disk) Rename(from, to string) error { return os.Rename(from, to) }

// Remove deletes a file.
func (Disk) Remove(name string) error { return os.Remove(name) }

// SyncDir makes the names in dir durable.
func (Disk) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// InPlace compares what is open with what has the name now. Links within the way to
// the file are followed, the file itself must not be one.
func (Disk) InPlace(f io.Closer, name string, size int64) error {
	open, ok := f.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return fmt.Errorf("%T cannot be told from another file", f)
	}
	held, err := open.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(name)
	switch {
	case err != nil:
		return err
	case !os.SameFile(held, named):
		return errors.New(name + " is another file now")
	case named.Size() < size:
		return errors.New(name + " was cut short")
	}
	return nil
}

// diskFile adds Size and the platform's Sync to an os.File.
type diskFile struct{ *os.File }

func opened(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

// Size gives the length in bytes.
func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

var _ FS = Disk{}
