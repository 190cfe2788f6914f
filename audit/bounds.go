package audit

import (
	"strconv"
	"unicode/utf8"
)

// The bounds of what one record may hold, in bytes and items. What a client can
// make long (its agent, its query, its reason) is cut here and says so, so that
// no request can fill the disk that every other request depends on.
const (
	maxShort     = 256    // ids, codes, names of things
	maxText      = 1024   // what people and programs call themselves
	maxLong      = 4096   // a canonical query, a reason in words
	maxItems     = 64     // reasons, rules
	maxResources = 10_000 // released resources, one id each
	maxListBytes = 1 << 20
	maxKeys      = 256 // keys of a count by name
	maxInput     = 256 << 10
)

// cut gives the longest beginning of s that leaves room for a mark within
// bound, never in the middle of a character, and how many bytes are left out.
func cut(s string, bound int) (kept string, left int) {
	if len(s) <= bound {
		return s, 0
	}
	n := bound - len("…[cut 9223372036854775807]")
	for back := 0; back < utf8.UTFMax-1 && n > 0 && !utf8.RuneStart(s[n]); back++ {
		n--
	}
	return s[:n], len(s) - n
}

// appendMark writes what stands for the bytes or items that were left out.
func appendMark(dst []byte, left int) []byte {
	dst = append(dst, "…[cut "...)
	dst = strconv.AppendInt(dst, int64(left), 10)
	return append(dst, ']')
}
