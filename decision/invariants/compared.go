package invariants

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/nhs"
)

// compared is what fields are compared with, by the rules and by the conditions of
// invariants. Fields are grouped: whatever the organisation of one entry is compared
// with, that of another could be too.
type compared struct {
	texts  map[string][]string
	times  map[string][]int64
	types  []string // that rules name one by one
	told   bool     // rules look at the basis of reasons
	sums   map[string]groupSum
	whole  map[string]bool // groups of times of which none is left out
	create []string        // the categories of a Consent
	bounds []string
}

func newCompared() *compared {
	return &compared{texts: map[string][]string{}, times: map[string][]int64{}, sums: map[string]groupSum{}, whole: map[string]bool{}}
}

// group is the group of a field.
func group(name string) string {
	parts := strings.Split(name, ".")
	switch last := parts[len(parts)-1]; {
	case last == "organisation" || last == "user_id":
		return last
	case last == "sources" || name == "source.id":
		return "source"
	case len(parts) == 3:
		return parts[0] + "." + last
	}
	return name
}

func (c *compared) of(name string) []string { return c.texts[group(name)] }

// add notes a text for a field, and says whether it is new.
func (c *compared) add(name, text string) bool {
	g := group(name)
	switch {
	case slices.Contains(c.texts[g], text):
		return false
	case g == "organisation":
		if _, err := nhs.ParseODSCode(text); err != nil {
			return false // nobody's organisation is that
		}
	case g == "subject.role":
		if _, err := nhs.ParseRoleCode(text); err != nil {
			return false
		}
	}
	c.texts[g] = append(c.texts[g], text)
	return true
}

func (c *compared) bound(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.bounds, text) {
		c.bounds = append(c.bounds, text)
	}
}

// learn notes what a walk saw, and says whether the space has to grow by it.
func (c *compared) learn(s *space, seen *rego.Compared) bool {
	grew := seen.Told && !c.told
	c.told = c.told || seen.Told
	has := func(at int, text string) bool {
		return slices.ContainsFunc(s.fields[at].values, func(v value) bool {
			if list, ok := v.is.([]string); ok {
				return slices.Contains(list, text)
			}
			return v.is == text
		})
	}
	for t := range seen.Texts {
		switch {
		case t.Field == typeField+1:
			if !slices.Contains(c.types, t.Text) {
				c.types = append(c.types, t.Text)
				grew = true
			}
		case t.Field >= typeField:
		case !has(t.Field, t.Text):
			grew = c.add(s.fields[t.Field].name, t.Text) || grew
		}
	}
	for pair := range seen.Pairs {
		grew = c.pair(s, pair) || grew
	}
	for _, sum := range seen.Sums {
		grew = c.sum(s, sum) || grew
	}
	for t := range seen.Unclear {
		switch {
		case t.Field == rego.Time:
			c.bound("The rules look at the time of the question with %s: it is proved for one time only.", t.Text)
		case t.Field >= typeField:
		default:
			c.bound("The rules look at %s with %s: it is proved for the values that they name, and for one more.", s.fields[t.Field].name, t.Text)
		}
	}
	slices.Sort(c.bounds)
	for g := range c.texts {
		slices.Sort(c.texts[g])
	}
	slices.Sort(c.types)
	return grew
}

// pair gives each of two fields what the other is compared with.
func (c *compared) pair(s *space, pair [2]int) bool {
	grew := false
	for i, at := range pair {
		other := pair[1-i]
		if at >= typeField || other >= typeField || group(s.fields[at].name) == group(s.fields[other].name) {
			continue
		}
		for _, v := range s.fields[other].values {
			if text, ok := v.is.(string); ok && !slices.ContainsFunc(s.fields[at].values, func(v value) bool { return v.is == text }) {
				grew = c.add(s.fields[at].name, text) || grew
			}
		}
	}
	return grew
}

// groupSum is a sum of times, by their groups, that is compared with zero.
type groupSum struct {
	times  map[string]int64
	number int64
}

const timeGroup = "time"

// note keeps a sum, and says whether it is new.
func (c *compared) note(g groupSum) bool {
	key := fmt.Sprint(g.times, g.number)
	if _, ok := c.sums[key]; ok {
		return false
	}
	c.sums[key] = g
	return true
}

// alike says that two moments of a group cannot be told apart: the rules see times
// only by the signs of sums, and no sum that was ever seen has another sign, whatever
// the other times in it are.
func (c *compared) alike(g string, a, b int64, others func(group string) []int64) bool {
	if c.whole[g] {
		return a == b
	}
	for _, s := range c.sums {
		n, ok := s.times[g]
		if !ok {
			continue
		}
		rest := []int64{s.number}
		for other, times := range s.times {
			if other == g {
				continue
			}
			var next []int64
			for _, r := range rest {
				for _, v := range others(other) {
					next = append(next, r+times*v)
				}
			}
			rest = next
		}
		for _, r := range rest {
			if cmp.Compare(r+n*a, 0) != cmp.Compare(r+n*b, 0) {
				return false
			}
		}
	}
	return true
}

// sum notes the times at which a sum of fields is zero.
func (c *compared) sum(s *space, sum rego.Sum) bool {
	for f := range sum.Fields {
		if f != rego.Time && numbers[group(s.fields[f].name)] {
			return c.number(group(s.fields[f].name), sum.Number, sum.Fields[f], len(sum.Fields))
		}
	}
	var total int64
	var fields []int
	g := groupSum{times: map[string]int64{}, number: sum.Number}
	ends := false
	for f, n := range sum.Fields {
		total += n
		if f == rego.Time {
			g.times[timeGroup] = n
			continue
		}
		name := group(s.fields[f].name)
		if _, twice := g.times[name]; twice { // of two entries
			c.whole[name] = true
		}
		g.times[name] += n
		if strings.HasSuffix(s.fields[f].name, ".recorded_ms") {
			if len(sum.Fields) != 2 || sum.Number != 0 {
				c.bound("The rules compare when an answer was recorded with something else than another: it is proved for a few times only.")
			}
			return false
		}
		fields = append(fields, f)
		ends = ends || strings.HasSuffix(s.fields[f].name, ".until")
	}
	if len(fields) == 0 {
		if sum.Fields[rego.Time] != 0 {
			c.bound("The rules compare the time of the question with a fixed one: it is proved for one time only.")
		}
		return false
	}
	grew := c.note(g)
	for _, f := range fields {
		n := sum.Fields[f]
		if n != 1 && n != -1 || len(fields) > 1 && ends && !strings.HasSuffix(s.fields[f].name, ".until") {
			continue
		}
		at := -sum.Number * n
		if total != 0 { // not from now, but a date
			if len(fields) > 1 || at == 0 || at == forever {
				continue
			}
			at -= s.now.Unix()
		}
		if at == 0 {
			continue
		}
		list := []int64{at - 1, at, at + 1}
		if len(fields) > 1 {
			// Two times of an entry: also with now between them, and with both on one
			// side of now.
			half := at / 2
			list = append(list, at-half-1, at-half, at-half+1, at+3600)
			for _, other := range fields {
				if other != f {
					grew = c.at(group(s.fields[other].name), -half, -at, -at-3600) || grew
				}
			}
		}
		grew = c.at(group(s.fields[f].name), list...) || grew
	}
	return grew
}

// at notes moments of a group, and says whether one is new.
func (c *compared) at(g string, list ...int64) bool {
	grew := false
	for _, seconds := range list {
		if !slices.Contains(c.times[g], seconds) {
			c.times[g] = append(c.times[g], seconds)
			grew = true
		}
	}
	slices.Sort(c.times[g])
	return grew
}
