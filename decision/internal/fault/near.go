package fault

import (
	"fmt"
	"strings"
)

// Nearest gives the one of known that a misspelt word most probably is, or "".
func Nearest(word string, known []string) string {
	best, least := "", 1+max(1, len(word)/3)
	if len(word) > 2 {
		for _, k := range known {
			if strings.HasPrefix(k, strings.ToLower(word)) && (best == "" || len(k) < len(best)) {
				best = k
			}
		}
		if best != "" {
			return best
		}
	}
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least || d == least && best != "" && len(k) < len(best) {
			best, least = k, d
		}
	}
	return best
}

// Meant asks "did you mean", or is empty.
func Meant(word string, known []string) string {
	near := Nearest(word, known)
	if near == "" || near == word {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// OneOf lists words for a reader, at most a dozen of them.
func OneOf(words []string) string {
	const most = 12
	if len(words) > most {
		return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
	}
	return strings.Join(words, ", ")
}

// distance counts the letters to change, add, take away or swap with their
// neighbour (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, this := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		this[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			this[j] = min(last[j]+1, this[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				this[j] = min(this[j], before[j-2]+1)
			}
		}
		before, last, this = last, this, before
	}
	return last[len(y)]
}
