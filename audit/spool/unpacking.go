package spool

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/mycarerecord/mcr/audit/spool/format"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// unpacking is a file system in which a packed segment reads as its image.
type unpacking struct {
	FS
	codec packed.Codec
}

func isPacked(name string) bool {
	return strings.Contains(filepath.Base(name), format.SegmentEnd+format.PackedEnd)
}

// Open opens a file for reading.
func (u unpacking) Open(name string) (File, error) {
	f, err := u.FS.Open(name)
	if err != nil || !isPacked(name) {
		return f, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	image, err := packed.Open(f, size, filepath.Base(name), u.codec)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &packedFile{f, image}, nil
}

// packedFile is a packed file that reads as its image.
type packedFile struct {
	File
	image *packed.File
}

// Size gives the length of the image.
func (p *packedFile) Size() (int64, error) { return p.image.Size(), nil }

// ReadAt reads the image.
func (p *packedFile) ReadAt(b []byte, off int64) (int, error) { return p.image.ReadAt(b, off) }
