package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// source is the file that is imported. It is read more than once.
type source struct {
	io.ReaderAt
	size  int64
	close func()
}

// openSource takes what can be read at any place as it is, from where it stands. What cannot (a
// pipe) is put into a private temporary file first.
func openSource(in io.Reader, folder string) (*source, error) {
	size := int64(-1)
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
	} else if sized, ok := in.(interface{ Size() int64 }); ok {
		size = sized.Size()
	}
	at, readable := in.(io.ReaderAt)
	seeker, seekable := in.(io.Seeker)
	if size >= 0 && readable && seekable {
		if from, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			size = max(size-from, 0)
			return &source{io.NewSectionReader(at, from, size), size, func() {}}, nil
		}
	}
	f, err := temporary(folder)
	if err != nil {
		return nil, err
	}
	if size, err = io.Copy(f, in); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("reading the input into a temporary file: %w", err)
	}
	return &source{f, size, func() { _ = f.Close() }}, nil
}

// temporary makes a file that this user alone may read, which no name leads to.
func temporary(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, ".mcr-import-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("making a temporary file: %w", err), f.Close())
	}
	return f, nil
}

// from reads on from a place.
func (s *source) from(offset int64) io.Reader { return io.NewSectionReader(s, offset, s.size-offset) }

// utf16 says whether the file begins with a byte order mark of UTF-16.
func (s *source) utf16() bool {
	var mark [2]byte
	_, err := s.ReadAt(mark[:], 0)
	return (err == nil || errors.Is(err, io.EOF)) && (bytes.Equal(mark[:], []byte{0xff, 0xfe}) || bytes.Equal(mark[:], []byte{0xfe, 0xff}))
}

// line reads the line at a place.
func (s *source) line(number int, offset int64) (*line, error) {
	text, long, _, err := readLine(bufio.NewReaderSize(s.from(offset), 4<<10))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading line %d: %w", number, err)
	}
	return &line{number: number, offset: offset, text: text, long: long}, nil
}
