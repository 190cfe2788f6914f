package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Held is all that a folder of policies held at one moment. It is a file system, so that
// what is judged, what is decided by and what is kept are the same bytes.
type Held map[string][]byte

// Hold takes a folder in.
func Hold(fsys fs.FS) (Held, error) {
	texts, err := Texts(fsys)
	if err != nil {
		return nil, fmt.Errorf("reading policies: %w", err)
	}
	if len(texts) == 0 {
		return nil, errors.New("reading policies: the folder is empty")
	}
	all := make(Held, len(texts))
	for p, text := range texts {
		all[p] = []byte(text)
	}
	return all, nil
}

// Fingerprint is the SHA-256, in hex, of all that it holds: rules, data, schema, tests, cases, and
// whatever else stands there.
func (f Held) Fingerprint() string {
	h := sha256.New()
	for _, p := range f.Paths() {
		fmt.Fprintf(h, "%d %s %d\n", len(p), p, len(f[p]))
		h.Write(f[p])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Paths are those of all files, sorted.
func (f Held) Paths() []string { return slices.Sorted(maps.Keys(f)) }

// Open makes it an fs.FS.
func (f Held) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if text, ok := f[name]; ok {
		return &file{entry: entry{path.Base(name), int64(len(text)), false}, Reader: strings.NewReader(string(text))}, nil
	}
	inside := f.inside(name)
	if len(inside) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &directory{entry: entry{path.Base(name), 0, true}, inside: inside}, nil
}

// inside gives what stands directly in a directory.
func (f Held) inside(dir string) (all []fs.DirEntry) {
	seen := map[string]bool{}
	for _, p := range f.Paths() {
		rest := p
		if dir != "." {
			var below bool
			if rest, below = strings.CutPrefix(p, dir+"/"); !below {
				continue
			}
		}
		name, _, deeper := strings.Cut(rest, "/")
		if !seen[name] {
			seen[name] = true
			all = append(all, entry{name, int64(len(f[p])), deeper})
		}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}

// entry is a file or a directory, as a listing has it.
type entry struct {
	name string
	size int64
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) Size() int64                { return e.size }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Stat() (fs.FileInfo, error) { return e, nil }
func (e entry) Sys() any                   { return nil }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Close() error               { return nil }

func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o500
	}
	return 0o400
}

type file struct {
	entry
	*strings.Reader
}

// Size is the entry's: the reader has one too.
func (f *file) Size() int64 { return f.entry.size }

type directory struct {
	entry
	inside []fs.DirEntry
	at     int
}

func (d *directory) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

func (d *directory) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.inside[d.at:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && len(rest) > n {
		rest = rest[:n]
	}
	d.at += len(rest)
	return rest, nil
}

var _ fs.ReadDirFile = (*directory)(nil)
