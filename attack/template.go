package attack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// place is a name in braces, with what is done to its value: {A.id}, {B.nhs|percent}.
// JSON's own braces are never of this form.
var place = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_.+-]*)((?:\|[a-z]+)*)\}`)

// missing says that the profile does not name what a case needs: the case is not
// applicable.
type missing string

func (m missing) Error() string { return string(m) }

// notKept says that no answer before held what a step needs.
type notKept string

func (n notKept) Error() string { return "no answer before gave a " + string(n) }

const longestFill = 1 << 20

// filters are what can be done to a value.
var filters = map[string]func(string) string{
	"upper": strings.ToUpper,
	"lower": strings.ToLower,
	"query": url.QueryEscape,
	// percent writes every byte in its encoded form.
	"percent": func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
		return b.String()
	},
	// hexlen is its length, as a chunk of HTTP/1.1 states it.
	"hexlen": func(s string) string { return strconv.FormatInt(int64(len(s)), 16) },
	// json is the inside of a JSON string.
	"json": func(s string) string {
		text, _ := json.Marshal(s) // a string always has a JSON form
		return string(text[1 : len(text)-1])
	},
}

// roots are the names that a template may begin with, besides patients.
var roots = []string{"each", "type", "system", "base", "site", "bases", "token", "vars", "kept", "time", "random", "fill", "nested", "none"}

// templateFaults says which names or filters of a text cannot be.
func templateFaults(text string) (faults []string) {
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		root, rest, dotted := strings.Cut(m[1], ".")
		lone := false
		for _, r := range roots {
			lone = lone || r == root
		}
		if !lone && (!dotted || rest == "") {
			faults = append(faults, fmt.Sprintf("%s names nothing: give a patient's part as in {A.id}, or one of %s", m[0], strings.Join(roots, ", ")))
		}
		for _, f := range strings.Split(m[2], "|")[1:] {
			if filters[f] == nil {
				faults = append(faults, fmt.Sprintf("%s: there is no |%s", m[0], f))
			}
		}
	}
	return faults
}

// names gives the value of one name in braces.
type names func(name string) (string, error)

// expand puts values in the place of names.
func expand(text string, value names) (string, error) {
	var fault error
	out := place.ReplaceAllStringFunc(text, func(found string) string {
		m := place.FindStringSubmatch(found)
		v, err := value(m[1])
		if err != nil {
			fault = err
			return ""
		}
		for _, f := range strings.Split(m[2], "|")[1:] {
			v = filters[f](v)
		}
		return v
	})
	return out, fault
}

// made gives the values that are no part of the profile.
func made(root, rest string, now time.Time) (string, bool) {
	switch root {
	case "none": // an id that nothing has
		return "mcr-attack-none-8f1c", true
	case "time":
		if d, err := time.ParseDuration(strings.TrimPrefix(rest, "+")); err == nil {
			now = now.Add(d)
		}
		return now.UTC().Format(time.RFC3339), true
	case "fill", "nested":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 || n > longestFill {
			n = longestFill
		}
		if root == "fill" {
			return strings.Repeat("a", n), true
		}
		return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n), true
	}
	return "", false
}
