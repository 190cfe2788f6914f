package releasetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/release"
)

// Forged makes a release of a folder that Build would not make one of, since it does not load: as somebody
// would who has the keys, and another program. made is a release of a folder that loads, of which
// the statement is taken; file is one of its files, with another text.
func Forged(t testing.TB, made []byte, file, text string, at time.Time, approve []release.Key, sign release.Key) []byte {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one, err := release.Peek(made)
	must(err)
	folder := fstest.MapFS{}
	must(fs.WalkDir(one.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(one.FS, p)
		folder[p] = &fstest.MapFile{Data: data}
		return err
	}))
	folder[file] = &fstest.MapFile{Data: []byte(text)}
	s := one.Statement
	s.Approvals = nil
	s.Fingerprint, err = gate.Fingerprint(folder)
	must(err)
	statement, err := json.MarshalIndent(s, "", "  ")
	must(err)
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	put := func(name string, data []byte) {
		must(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}))
		_, err := w.Write(data)
		must(err)
	}
	for p, f := range folder {
		put(p, f.Data)
	}
	put("release.json", append(statement, '\n'))
	unzipped, err := gzip.NewReader(bytes.NewReader(made))
	must(err)
	for r := tar.NewReader(unzipped); ; { // what else a bundle has is as it was
		header, err := r.Next()
		if err == io.EOF {
			break
		}
		must(err)
		if header.Name == "/.manifest" || header.Name == "/data.json" {
			data, err := io.ReadAll(r)
			must(err)
			put(header.Name, data)
		}
	}
	must(w.Close())
	must(zipped.Close())
	forged, err := release.Peek(out.Bytes())
	must(err)
	for _, key := range approve {
		must(forged.Approve(key, at))
	}
	must(forged.Sign(sign))
	packed, err := forged.Pack()
	must(err)
	return packed
}
