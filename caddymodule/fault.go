package caddymodule

import (
	"errors"
	"strings"
)

// Fault is one thing that is wrong with a configuration, and what to do about it. It names
// where in the words of the JSON that Caddy loads, such as
// "apps.broker.issuers[0].audience": a JSON configuration has no lines that mean anything,
// and whoever wrote a Caddyfile is told its line instead ([Written.Place]).
type Fault struct {
	Path string // "" is nowhere in particular
	Text string // several lines, where a file that is named has several faults
}

// Error begins with the place, by which Written.Place finds it again in what Caddy made of it.
func (f Fault) Error() string {
	if f.Path == "" {
		return f.Text
	}
	return "at " + f.Path + ": " + f.Text
}

// inBroker begins the path of what stands in the broker block.
const inBroker = "apps.broker"

// at gives each of the errors the place, but those that have one of their own.
func at(path string, errs ...error) (all []error) {
	for _, err := range errs {
		for _, one := range takenApart(err) {
			if _, has := errors.AsType[Fault](one); !has {
				one = Fault{Path: path, Text: one.Error()}
			}
			all = append(all, one)
		}
	}
	return all
}

// under gives each of the errors the place of the field of which it speaks, as in
// "proof: heartbeat: too short"; that of all of them, where it speaks of none.
func under(path string, fields []string, err error) (all []error) {
	for _, one := range takenApart(err) {
		where := path
		for _, field := range fields {
			if strings.Contains(" "+one.Error(), " "+field+": ") {
				where = path + "." + field
				break
			}
		}
		all = append(all, at(where, one)...)
	}
	return all
}

// takenApart takes joined errors apart, where nothing was said of them together.
func takenApart(err error) (all []error) {
	if err == nil {
		return nil
	}
	joined, several := err.(interface{ Unwrap() []error })
	if !several {
		return []error{err}
	}
	var texts []string
	for _, one := range joined.Unwrap() {
		texts = append(texts, one.Error())
		all = append(all, takenApart(one)...)
	}
	if strings.Join(texts, "\n") != err.Error() {
		return []error{err}
	}
	return all
}

// meant gives the one of the known words that somebody who wrote another may have meant; ""
// where none is near enough.
func meant(wrote string, known []string) string {
	best, found := max(1, len(wrote)/3)+1, ""
	for _, word := range known {
		if d := slips(wrote, word); d < best {
			best, found = d, word
		}
	}
	return found
}

// slips counts how many letters must be changed, put in, left out or swapped with the next to
// make one word of another (Damerau and Levenshtein, of neighbours that are not touched twice).
func slips(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
