// Package grounds carries, beside an answer, what it rests on: the reasons why its reader
// may see it, and when the entries of the registry end that gave them. The broker, which
// decided, says so in the field Mcr-Grounds; whoever reads it may show it, and decides
// nothing by it.
//
//	Mcr-Grounds: reasons=(permission-to-view), permission=@1798761600, relationship=@1830297600
//
// The field is a dictionary of RFC 9651 (Structured Field Values for HTTP): the reasons are
// tokens, codes of policies/data/reasons.json; each other member is a kind of entry with the
// date of its end. An entry without an end has no member.
//
// What it guarantees: what is written is one line of that form, whatever a policy names its
// reasons; what is read has that form exactly, or is nothing.
//
// All of it may be used by many goroutines at once.
package grounds

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field is the header field.
const Field = "Mcr-Grounds"

// most is how many reasons, and how many ends, one field may name.
const most = 16

// Grounds are what one answer rests on. The zero Grounds say nothing.
type Grounds struct {
	// Reasons are reason codes ("permission-to-view"), the one to tell first in front.
	Reasons []string
	// Ends are when the entries end that the reasons rest on, by their kind ("permission",
	// "relationship", "order", "emergency"), to the second.
	Ends map[string]time.Time
}

// Send writes the field, where there is a reason to name.
func (g Grounds) Send(h http.Header) {
	if text := g.field(); text != "" {
		h[Field] = []string{text}
	}
}

func (g Grounds) field() string {
	out := make([]byte, 0, 128)
	named := 0
	for _, code := range g.Reasons {
		if named == most || !isName(code, '-', longestCode) {
			continue
		}
		if named++; named == 1 {
			out = append(out, "reasons=("...)
		} else {
			out = append(out, ' ')
		}
		out = append(out, code...)
	}
	if named == 0 {
		return ""
	}
	out = append(out, ')')
	kinds := slices.DeleteFunc(slices.Sorted(maps.Keys(g.Ends)), func(kind string) bool { return !isName(kind, '_', longestKind) || kind == "reasons" })
	for _, kind := range kinds[:min(len(kinds), most)] {
		if end := g.Ends[kind].Unix(); end > 0 && end <= latest {
			out = append(append(append(out, ", "...), kind...), "=@"...)
			out = strconv.AppendInt(out, end, 10)
		}
	}
	return string(out)
}

// isName reports whether a text is a small letter and then small letters, digits and one other sign.
func isName(text string, other byte, longest int) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (i == 0 || (c < '0' || c > '9') && c != other) {
			return false
		}
	}
	return text != "" && len(text) <= longest
}

// The longest code of a reason, and the longest name of what ends.
const longestCode, longestKind = 64, 32

// latest is the last second of the year 9999: what lies beyond ends never.
const latest = 253402300799

var fieldForm = regexp.MustCompile(`^reasons=\(([a-z0-9 -]+)\)((?:, [a-z0-9_]+=@[0-9]{1,12})*)$`)

// Read reads the field of an answer, exactly as Send writes it; anything else is nothing.
func Read(h http.Header) Grounds {
	values := h[Field]
	if len(values) != 1 {
		return Grounds{}
	}
	parts := fieldForm.FindStringSubmatch(values[0])
	if parts == nil {
		return Grounds{}
	}
	g := Grounds{Reasons: strings.Split(parts[1], " ")}
	if parts[2] != "" {
		g.Ends = map[string]time.Time{}
	}
	for member := range strings.SplitSeq(strings.TrimPrefix(parts[2], ", "), ", ") {
		kind, end, _ := strings.Cut(member, "=@")
		if seconds, err := strconv.ParseInt(end, 10, 64); err == nil {
			g.Ends[kind] = time.Unix(seconds, 0).UTC()
		}
	}
	if g.field() != values[0] {
		return Grounds{}
	}
	return g
}
