package spool_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// version1 gives the files of a spool that the program before format 2 wrote, and
// was killed, and the entries that it had promised after the fourth, which was
// acknowledged.
func version1(t testing.TB) (files map[string][]byte, want []string) {
	t.Helper()
	files = map[string][]byte{}
	paths, _ := filepath.Glob("testdata/version1/*")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = b
	}
	want = strings.Split(strings.TrimSuffix(string(files["entries"]), "\n"), "\n")
	delete(files, "entries")
	return files, want
}

func TestVersion1IsReadAndGoneOnWith(t *testing.T) {
	files, want := version1(t)
	m := disk(files)
	for round := range 3 {
		s := openModel(t, m)
		if diff := cmp.Diff(want, texts(readAll(t, s, s.Stats().Acked))); diff != "" {
			t.Fatalf("round %d: %s", round, diff)
		}
		if st := s.Stats(); st.Acked != 4 || !st.Report.Clean() || len(st.Report.Torn) != 0 {
			t.Fatalf("round %d: %+v", round, st)
		}
		want = append(want, texts([]spool.Entry{appendText(t, s, "of version 2")})...)
		s.Close()
	}
}

// A damaged header does not say which version the frames are of; they do.
func TestVersion1WithADamagedHeaderKeepsItsEntries(t *testing.T) {
	files, want := version1(t)
	for name := range files {
		if !strings.HasSuffix(name, ".seg") {
			continue
		}
		damaged := maps.Clone(files)
		damaged[name] = slices.Clone(damaged[name])
		copy(damaged[name], "rubbish!")
		s := openModel(t, disk(damaged))
		if diff := cmp.Diff(want, texts(readAll(t, s, 4))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if r := s.Stats().Report; len(r.Lost) != 0 || len(r.Flaws) != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// The last commit of a log of version 1, damaged by a bit, is read as it was then:
// an entry is there, or is said to be lost or torn.
func TestVersion1WithAFlippedBitIsNeverSilent(t *testing.T) {
	files, want := version1(t)
	names := slices.Sorted(maps.Keys(files))
	name := names[3] // the newest segment
	for at := 0; at < len(files[name]); at += 11 * sample(at, files[name]) {
		damaged := maps.Clone(files)
		damaged[name] = slices.Clone(damaged[name])
		damaged[name][at] ^= 1 << (at % 8)
		s := openModel(t, disk(damaged))
		got, r := texts(readAll(t, s, 4)), s.Stats().Report
		for _, text := range got {
			if !slices.Contains(want, text) {
				t.Fatalf("byte %d: %.20q was never written", at, text)
			}
		}
		if len(got) < len(want) && len(r.Lost) == 0 && len(r.Torn) == 0 {
			t.Fatalf("byte %d: %d of %d entries, and not a word", at, len(got), len(want))
		}
		s.Close()
	}
}
