package decision

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
)

// Fingerprint is the SHA-256, in hex, of all that a folder of policies holds,
// tests and cases included: two folders with one fingerprint have one book.
func Fingerprint(fsys fs.FS) (string, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return "", err
	}
	return f.fingerprint(), nil
}

// Fingerprint is that of the folder from which the book was made: as long as the
// folder's is the same, so is its book.
func (b *PolicyBook) Fingerprint() string { return b.files.fingerprint() }

func (f files) fingerprint() string {
	all := map[string]string{}
	for _, m := range []map[string]string{f.tests, f.cases} {
		maps.Copy(all, m)
	}
	h := sha256.New()
	fmt.Fprintln(h, f.digest())
	for _, p := range sorted(all) {
		fmt.Fprintf(h, "%d %s %d\n%s", len(p), p, len(all[p]), all[p])
	}
	return hex.EncodeToString(h.Sum(nil))
}
