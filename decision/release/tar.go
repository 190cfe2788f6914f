package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Limits bound what is read of a release.
const (
	MostPacked   = 16 << 20 // bytes as they come: what is longer is not read on
	mostUnpacked = 64 << 20 // bytes of all files: as much as a folder of policies may have
	mostFiles    = 10_000
	mostBehind   = 1 << 20 // zeros with which an archive may be filled up
	mostHeads    = 4 << 10 // bytes of what stands before and behind a file, on average
)

// files are what a bundle holds, by path.
type files map[string][]byte

// pack writes a bundle: the same files give the same bytes.
func (f files) pack() ([]byte, error) {
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		header := &tar.Header{Name: "/" + name, Mode: 0o644, Size: int64(len(f[name])), ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f[name]); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpack reads a bundle. What is not a file of it, with a plain path and once, is refused.
func unpack(packed []byte) (files, error) {
	if len(packed) > MostPacked {
		return nil, refuse(TooLarge, "the release is larger than %d MiB: it is not read", MostPacked>>20)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, refuse(NotWhole, "it is no release: no file packed by gzip (%v)", err)
	}
	// A header may have a megabyte of its own, which counts as no file.
	zipped := io.LimitReader(unzipped, mostUnpacked+mostFiles*mostHeads)
	f, left := files{}, int64(mostUnpacked)
	r := tar.NewReader(zipped)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refuse(NotWhole, "the release cannot be read to its end: it was cut off or damaged (%v)", err)
		}
		name := strings.TrimPrefix(header.Name, "/")
		switch {
		case header.Typeflag != tar.TypeReg:
			return nil, refuse(NotWhole, "the release holds %q, which is no file", header.Name)
		case !fs.ValidPath(name) || name != path.Clean(name) || strings.ContainsAny(name, "\\\x00"):
			return nil, refuse(NotWhole, "the release holds a file with the path %q", header.Name)
		case f[name] != nil:
			return nil, refuse(NotWhole, "the release holds %q twice", header.Name)
		case len(f) == mostFiles:
			return nil, refuse(TooLarge, "the release holds more than %d files: it is not read", mostFiles)
		}
		text, err := io.ReadAll(io.LimitReader(r, left+1))
		if err != nil {
			return nil, refuse(NotWhole, "the release cannot be read to its end: it was cut off or damaged (%v)", err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, refuse(TooLarge, "the release holds more than %d MiB: it is not read", mostUnpacked>>20)
		}
		f[name] = append([]byte{}, text...)
	}
	// What follows the archive is read too: a cut or an alteration there shows in the checksum.
	rest, err := io.ReadAll(io.LimitReader(unzipped, mostBehind+1))
	switch {
	case err != nil:
		return nil, refuse(NotWhole, "the release cannot be read to its end: it was cut off or damaged (%v)", err)
	case len(rest) > mostBehind, len(bytes.Trim(rest, "\x00")) > 0:
		return nil, refuse(NotWhole, "something follows the release in its file")
	}
	return f, nil
}
