// Package durable writes files that a crash must not leave half: whoever reads one finds
// the old or the new one, whole.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace makes a file with some content, for its owner only, in place of the one that is
// there. When it returns nil the new one outlives a loss of power.
func Replace(path string, content []byte) error {
	if err := replace(path, content, true); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// ReplaceSoon is Replace without waiting for the disk: after a loss of power the old one may
// be there, or an empty one; after the end of the process it is the new one.
func ReplaceSoon(path string, content []byte) error { return replace(path, content, false) }

func replace(path string, content []byte, sync bool) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// Create makes a file that is not there yet, for its owner only, with what fill writes to it, or
// to the file of its name. It has its own name when it is whole: when Create returns nil it
// outlives a loss of power, and after an error there is none. The error is fs.ErrExist where a file
// of that name, or what a Create left that was killed (path and ".part"), is there.
func Create(path string, fill func(*os.File) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(part, path) // and no new name: it fails where there is such a file by now
	}
	if err = errors.Join(err, os.Remove(part)); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// MkdirWithin makes a folder, and those that are missing between top and it, for their owner only.
// Top itself is never made: one that was taken away is not to look as if it were there and empty.
func MkdirWithin(top, dir string) error {
	rel, err := filepath.Rel(top, dir)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return err
	}
	return errors.Join(root.MkdirAll(rel, 0o700), root.Close())
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
