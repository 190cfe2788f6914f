package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Fingerprint is the SHA-256, in hex, of all that a folder of policies holds,
// tests, cases and invariants included: two folders with one fingerprint have one book.
func (f Files) Fingerprint() string {
	all := map[string]string{}
	for _, m := range []map[string]string{f.Tests, f.Cases, f.Other} {
		maps.Copy(all, m)
	}
	h := sha256.New()
	fmt.Fprintln(h, f.Digest())
	for _, p := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(h, "%d %s %d\n%s", len(p), p, len(all[p]), all[p])
	}
	if f.GivenUp != "" {
		fmt.Fprintf(h, "%s %d\n%s", GivenUpFile, len(f.GivenUp), f.GivenUp)
	}
	return hex.EncodeToString(h.Sum(nil))
}
