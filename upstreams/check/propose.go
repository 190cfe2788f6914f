package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Choose stands in a proposed rule where people decide. No category has this name,
// so "mcr policy check" refuses a rule in which nobody has.
const Choose = "CHOOSE"

// Addition is what could be added to data/categories.json, in its own form.
type Addition struct {
	Systems map[string]string // short name → address, for code systems that it does not know
	Rules   []Rule
}

// Rule is one rule of categories.json.
type Rule struct {
	Type     string   `json:"type"`
	Category []string `json:"category,omitempty"`
	Code     []string `json:"code,omitempty"`
	Class    string   `json:"class"`
}

// Propose gives a rule for each type and element whose codes no rule lists. known
// tells the short names of the code systems that categories.json has.
func (r Report) Propose(known map[string]string) Addition {
	add := Addition{Systems: map[string]string{}}
	names := shortNames{known: known, add: add.Systems}
	for _, c := range r.Causes {
		system, code, ok := strings.Cut(c.Code, "|")
		if c.Reason != "not-classified" || !ok || system == "" || !listable(code) || len(system) > mostCode || strings.Contains(c.Code, nhs.Hidden) || strings.Contains(system, `\`) {
			continue
		}
		entry := names.of(system) + "|" + code
		category := strings.HasSuffix(c.Element, ".category") || strings.HasSuffix(c.Element, ".class")
		at := slices.IndexFunc(add.Rules, func(r Rule) bool { return r.Type == c.Type && (r.Category != nil) == category })
		if at < 0 {
			at = len(add.Rules)
			add.Rules = append(add.Rules, Rule{Type: c.Type, Class: Choose})
		}
		if rule := &add.Rules[at]; category {
			rule.Category = append(rule.Category, entry)
		} else {
			rule.Code = append(rule.Code, entry)
		}
	}
	slices.SortStableFunc(add.Rules, func(a, b Rule) int { return cmp.Compare(a.Type, b.Type) })
	return add
}

// mostCode bounds what is taken for a code, in bytes: the filter cuts a system and its
// code at 200, and FHIR knows no bound.
const mostCode = 100

// listable reports whether a rule can name a code: one that was not written as an
// escape, and has none of the signs of a rule's own.
func listable(code string) bool {
	return code != "" && len(code) < mostCode && !strings.ContainsAny(code, "|*@\\ \t()")
}

// shortNames finds short names for code systems.
type shortNames struct{ known, add map[string]string }

var nameForm = regexp.MustCompile(`[^a-z0-9]+`)

func (s shortNames) of(system string) string {
	if short := s.known[system]; short != "" {
		return short
	}
	taken := map[string]bool{}
	for _, short := range s.known {
		taken[short] = true
	}
	for short, address := range s.add {
		if address == system {
			return short
		}
		taken[short] = true
	}
	last := system
	if u, err := url.Parse(system); err == nil && u.Path != "" {
		last = path.Base(u.Path)
	}
	base := strings.Trim(nameForm.ReplaceAllString(strings.ToLower(last), "-"), "-")
	if len(base) > 40 {
		base = strings.Trim(base[:40], "-")
	}
	base = cmp.Or(base, "codes")
	short := base
	for n := 2; taken[short]; n++ {
		short = fmt.Sprintf("%s-%d", base, n)
	}
	s.add[short] = system
	return short
}

// String gives the lines as JSON of the shape of categories.json, a rule a line.
func (a Addition) String() string {
	var b strings.Builder
	b.WriteString("{\n")
	if len(a.Systems) > 0 {
		systems, _ := json.MarshalIndent(a.Systems, "  ", "  ") // strings always have a JSON form
		b.WriteString(`  "systems": ` + string(systems) + ",\n")
	}
	b.WriteString(`  "rules": [`)
	for i, rule := range a.Rules {
		line, _ := json.Marshal(rule)
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    " + string(line))
	}
	b.WriteString("\n  ]\n}\n")
	return b.String()
}
