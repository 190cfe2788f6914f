package lists

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// reasonEntry is one entry of data/reasons.json.
type reasonEntry struct {
	Code string `json:"code"`
	// Kind: "refusal", "permit", "fault", "form", "withheld", "note", "sign-in".
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"` // may hold {placeholders} that a rule fills
	// RemedyOtherwise is told when a placeholder cannot be filled.
	RemedyOtherwise string `json:"remedy_otherwise"`
	Promise         string `json:"promise"`
}

// Reasons is data/reasons.json: the text of every reason, and which of
// several is told first.
type Reasons struct {
	Entries map[string]reasonEntry
	Rank    map[string]int
}

var (
	codeForm    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
	reasonKinds = []string{"refusal", "permit", "fault", "form", "withheld", "note", "sign-in"}
)

// The codes that this package gives by itself.
const (
	factsUnavailable = "facts-unavailable"
)

func readReasons(text string) (Reasons, error) {
	var doc struct {
		Source  string        `json:"source"`
		Reasons []reasonEntry `json:"reasons"`
	}
	book := Reasons{Entries: map[string]reasonEntry{}, Rank: map[string]int{}}
	if err := strictJSON(text, &doc); err != nil {
		return book, err
	}
	var faults []error
	for i, e := range doc.Reasons {
		say := func(format string, args ...any) {
			faults = append(faults, fault.At([]string{"reasons", strconv.Itoa(i), "code"}, "look at its neighbours", "reason %d (%q): "+format, append([]any{i + 1, e.Code}, args...)...))
		}
		if !codeForm.MatchString(e.Code) {
			say("the code must be kebab-case, such as permission-expired")
		}
		if _, twice := book.Entries[e.Code]; twice {
			say("the code is there twice")
		}
		if !slices.Contains(reasonKinds, e.Kind) {
			say("kind must be one of %s", strings.Join(reasonKinds, ", "))
		}
		if e.Text == "" || e.Remedy == "" || e.Promise == "" {
			field := "promise"
			if e.Text == "" {
				field = "text"
			} else if e.Remedy == "" {
				field = "remedy"
			}
			faults = append(faults, fault.At([]string{"reasons", strconv.Itoa(i), field}, "write it: the professional who is refused reads it",
				"reason %d (%q): text, remedy and promise must all be given", i+1, e.Code))
		}
		if placeholder.MatchString(e.Remedy) && (e.RemedyOtherwise == "" || placeholder.MatchString(e.RemedyOtherwise)) {
			say("a remedy with a {placeholder} needs a remedy_otherwise without one")
		}
		book.Entries[e.Code], book.Rank[e.Code] = e, i
	}
	for _, code := range []string{access.PolicyUnclear, factsUnavailable} {
		if _, ok := book.Entries[code]; !ok {
			faults = append(faults, fault.At([]string{"reasons"}, "put it back", "the engine's own reason %q is missing", code))
		}
	}
	return book, errors.Join(faults...)
}

// filler knows what stands for a placeholder; "" when it does not.
type filler interface{ Text(name string) string }

// Reason gives the text of a code, its placeholders filled. A code that is not
// in the book keeps its code and gets a general text: a refusal must never turn
// into something else because its text is missing.
func (b Reasons) Reason(code string, fill filler) access.Reason {
	e, ok := b.Entries[code]
	if !ok {
		return access.Reason{
			Code:   code,
			Text:   "This cannot be shown.",
			Remedy: "Telephone the organisation that holds the record.",
		}
	}
	r := access.Reason{Code: code, Text: e.Text, Remedy: e.Remedy}
	if e.RemedyOtherwise == "" {
		return r
	}
	if r.Remedy = filled(e.Remedy, fill); r.Remedy == "" {
		r.Remedy = e.RemedyOtherwise
	}
	return r
}

// filled gives a text with its placeholders filled, or "" when one cannot be. A refusal
// is told while the client waits, so the text is made in one piece.
func filled(text string, fill filler) string {
	var out strings.Builder
	out.Grow(len(text) + 64)
	for {
		from := strings.IndexByte(text, '{')
		to := from + strings.IndexByte(text[max(from, 0):], '}')
		if from < 0 || to < from {
			out.WriteString(text)
			return out.String()
		}
		v := ""
		if fill != nil {
			v = fill.Text(text[from+1 : to])
		}
		if v == "" {
			return ""
		}
		out.WriteString(text[:from])
		out.WriteString(v)
		text = text[to+1:]
	}
}

// With adds the reasons of others, by who they are. They come after those of the book, in the order
// of the names. What the book has is as the book has it; two others may not mean two things by one code.
func (b Reasons) With(others map[string]Reasons) (Reasons, error) {
	if len(others) == 0 {
		return b, nil
	}
	all := Reasons{Entries: maps.Clone(b.Entries), Rank: maps.Clone(b.Rank)}
	for _, who := range slices.Sorted(maps.Keys(others)) {
		other := others[who]
		for _, code := range slices.SortedFunc(maps.Keys(other.Entries), func(a, b string) int { return other.Rank[a] - other.Rank[b] }) {
			switch have, there := all.Entries[code]; {
			case !there:
				all.Entries[code], all.Rank[code] = other.Entries[code], len(all.Rank)
			case have != other.Entries[code]:
				return b, fmt.Errorf("the reason %q of %s is there already with other words: give it another code", code, who)
			}
		}
	}
	return all, nil
}

// Order is where a reason stands among others; unknown codes come last.
func (b Reasons) Order(code string) int {
	if i, ok := b.Rank[code]; ok {
		return i
	}
	return len(b.Rank)
}
