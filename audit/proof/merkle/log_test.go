package merkle_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"golang.org/x/mod/sumdb/tlog"
)

func entry(i int) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "record %d", i)) }

// tree is the tree as tlog itself computes it, without a file.
type tree struct{ hashes []tlog.Hash }

func (t *tree) ReadHashes(at []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range at {
		out = append(out, t.hashes[i])
	}
	return out, nil
}

func (t *tree) add(tb testing.TB, n int) {
	tb.Helper()
	e := entry(n)
	more, err := tlog.StoredHashes(int64(n), e[:], t)
	if err != nil {
		tb.Fatal(err)
	}
	t.hashes = append(t.hashes, more...)
}

func (t *tree) root(tb testing.TB, n int) tlog.Hash {
	tb.Helper()
	if n == 0 {
		return sha256.Sum256(nil)
	}
	h, err := tlog.TreeHash(int64(n), t)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// filled gives a log with the first n entries, and tlog's own tree.
func filled(tb testing.TB, dir string, n int) (*merkle.Log, *tree) {
	tb.Helper()
	l, err := merkle.Create(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	t := new(tree)
	for i := range n {
		if err := l.Append(number(i), entry(i)); err != nil {
			tb.Fatal(err)
		}
		t.add(tb, i)
	}
	if err := l.Sync(); err != nil {
		tb.Fatal(err)
	}
	return l, t
}

// number leaves some numbers out, as the log of one organisation does.
func number(i int) uint64 { return uint64(i)*3 + 7 }

func TestALogGivesTheRootsThatTlogComputes(t *testing.T) {
	const n = 1500
	l, want := filled(t, filepath.Join(t.TempDir(), "log"), n)
	for size := range n + 1 {
		got, err := l.Root(int64(size))
		if err != nil || got != want.root(t, size) {
			t.Fatalf("size %d: %v, %v; want %v", size, got, err, want.root(t, size))
		}
	}
	if size, root := l.Appended(); size != n || root != want.root(t, n) {
		t.Errorf("appended: %d, %v", size, root)
	}
}

// A log is closed and opened at every size near the edges of tiles, and goes on.
func TestALogGoesOnWhereItWasSigned(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	const n = 66_000 // more than 256 × 256: three levels
	l, want := filled(t, dir, n)
	l.Close()
	for _, size := range []int{n, 65_537, 65_536, 65_535, 513, 512, 257, 256, 255, 1, 0} {
		l, err := merkle.Open(dir, int64(size), want.root(t, size))
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		for i := size; i < min(size+300, n); i++ {
			if err := l.Append(number(i), entry(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Sync(); err != nil {
			t.Fatal(err)
		}
		end := min(size+300, n)
		if _, root := l.Appended(); root != want.root(t, end) {
			t.Fatalf("from %d to %d: another root", size, end)
		}
		if root, err := l.Root(int64(end)); err != nil || root != want.root(t, end) {
			t.Fatalf("from %d to %d: files give another root, %v", size, end, err)
		}
		l.Close()
	}
}

// What stands beyond the signed size may be there by halves.
func TestWhatWasNotSignedIsCutOff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l, want := filled(t, dir, 600)
	l.Close()
	for _, name := range []string{"entries", "numbers", "level-1"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("half of a leaf, after a loss of power")); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	l, err := merkle.Open(dir, 600, want.root(t, 600))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i := 600; i < 1030; i++ {
		if err := l.Append(number(i), entry(i)); err != nil {
			t.Fatal(err)
		}
		want.add(t, i)
	}
	if err := l.Sync(); err != nil {
		t.Fatal(err)
	}
	if root, err := l.Root(1030); err != nil || root != want.root(t, 1030) {
		t.Errorf("another root, %v", err)
	}
}

func TestDamageIsFound(t *testing.T) {
	harm := map[string]func(dir string) error{
		"no folder":     os.RemoveAll,
		"no numbers":    func(dir string) error { return os.Remove(filepath.Join(dir, "numbers")) },
		"entries short": func(dir string) error { return os.Truncate(filepath.Join(dir, "entries"), 32*599) },
		"level is gone": func(dir string) error { return os.Remove(filepath.Join(dir, "level-1")) },
		"entry altered": flip("entries", 32*599),
		"level altered": flip("level-1", 33),
		"numbers short": func(dir string) error { return os.Truncate(filepath.Join(dir, "numbers"), 8*599+7) },
	}
	for name, do := range harm {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			l, want := filled(t, dir, 600)
			l.Close()
			if err := do(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := merkle.Open(dir, 600, want.root(t, 600)); !errors.Is(err, merkle.ErrDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("an old entry altered", func(t *testing.T) { // not at the edge: found when it is proved
		dir := filepath.Join(t.TempDir(), "log")
		l, want := filled(t, dir, 600)
		l.Close()
		if err := flip("entries", 32*100)(dir); err != nil {
			t.Fatal(err)
		}
		l, err := merkle.Open(dir, 600, want.root(t, 600))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.Prove(tlog.Tree{N: 600, Hash: want.root(t, 600)}, 101); !errors.Is(err, merkle.ErrDamaged) {
			t.Errorf("got %v", err)
		}
	})
}

func flip(name string, at int64) func(string) error {
	return func(dir string) error {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		b := make([]byte, 1)
		if _, err := f.ReadAt(b, at); err != nil {
			return err
		}
		b[0] ^= 1
		_, err = f.WriteAt(b, at)
		return err
	}
}

func TestFilesThatAreReplacedUnderneathAreSeen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l, _ := filled(t, dir, 3)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(number(3), entry(3)); err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(); err == nil {
		t.Error("a leaf went into files that nobody will find again")
	}
}

func TestLeavesAreFoundByNumber(t *testing.T) {
	l, _ := filled(t, filepath.Join(t.TempDir(), "log"), 300)
	for i := range 300 {
		if at, ok, err := l.Index(number(i), 300); !ok || at != int64(i) || err != nil {
			t.Fatalf("number %d: %d, %v, %v", number(i), at, ok, err)
		}
		if _, ok, err := l.Index(number(i)+1, 300); ok || err != nil {
			t.Fatalf("number %d: found, and is not there", number(i)+1)
		}
	}
	if _, ok, _ := l.Index(number(299), 299); ok {
		t.Error("found beyond the size asked for")
	}
	if err := l.Append(number(299), entry(300)); err == nil {
		t.Error("a number went in twice")
	}
}

func TestGrowthIsProved(t *testing.T) {
	l, want := filled(t, filepath.Join(t.TempDir(), "log"), 700)
	now := tlog.Tree{N: 700, Hash: want.root(t, 700)}
	for _, older := range []int{1, 255, 256, 257, 511, 699} {
		p, err := l.ProveGrowth(int64(older), now)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(p, now.N, now.Hash, int64(older), want.root(t, older)); err != nil {
			t.Errorf("from %d: %v", older, err)
		}
	}
	if _, err := l.ProveGrowth(5, tlog.Tree{N: 700, Hash: want.root(t, 699)}); !errors.Is(err, merkle.ErrDamaged) {
		t.Errorf("a root that the files do not give: %v", err)
	}
}

func FuzzParsePath(f *testing.F) {
	for _, path := range []string{"tile/0/000", "tile/entries/x001/067.p/9", "tile/data/000", "tile/1/000.p/256", "tile/../x"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		level, n, wide, ok := merkle.ParsePath(path)
		if ok && (level < -1 || n < 0 || wide < 1 || wide > 256) {
			t.Errorf("%q: %d, %d, %d", path, level, n, wide)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l, err := merkle.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	e := entry(1)
	for i := range b.N {
		if err := l.Append(uint64(i+1), e); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Sync(); err != nil {
		b.Fatal(err)
	}
}
