package invariants

import (
	"slices"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// numbers are the fields that are neither times nor texts: all of a number's values that are gone
// through are nought, and what lies at and around those that the rules compare it with.
var numbers = map[string]bool{"subject.asked_last_hour": true, "age.years": true}

// number notes the value of a number at which n times it and another number are nought, and says
// whether it is new.
func (c *compared) number(name string, other, n int64, fields int) bool {
	if fields > 1 {
		c.bound("The rules compare %s with another part of the input: it is proved for a few numbers only.", name)
		return false
	}
	if n == 0 {
		return false
	}
	var list []int64
	for at := -other/n - 1; at <= -other/n+1; at++ {
		if at > 0 {
			list = append(list, at)
		}
	}
	return c.at(name, list...)
}

// counted is a field that is a number.
func (s *space) counted(name string, under int, when []bool, c *compared) {
	var out []value
	for i, n := range slices.Concat([]int64{0}, c.times[group(name)]) {
		out = append(out, value{seen: rego.FieldTime(len(s.fields), n), is: n, cost: min(i, 1)})
	}
	s.add(name, under, when, out)
}

// number is the value of a number in a state.
func (s *space) number(st state, name string) int { return int(s.value(st, name).(int64)) }
