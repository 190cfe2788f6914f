package signin

import "strconv"

// AtMost bounds sessions.
func AtMost(all *Sessions, most int) { all.most = most }

// Endings notes n endings, and says how many are remembered, and whether the first
// and the last are.
func Endings(n int) (kept int, first, last bool) {
	var e endings
	for i := range n {
		e.note(digestOf(strconv.Itoa(i)), endedElsewhere)
	}
	_, first = e.why[digestOf("0")]
	_, last = e.why[digestOf(strconv.Itoa(n-1))]
	return len(e.why), first, last
}
