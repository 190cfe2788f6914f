package check

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// moment: a number that is written out beside a time on the clock has to be one.
func (c *checker) moment(file string, at *ast.Location, a, b domain) bool {
	n, err := strconv.ParseFloat(b.number, 64)
	if !b.literal || err != nil || !instant(a.unit) {
		return false
	}
	if a.unit == millisSince {
		n /= 1000
	}
	const the1990s, theYear9999 = 631152000, 253402300799
	if n >= -1 && n <= 1 || n >= the1990s && n <= theYear9999 {
		return false
	}
	c.sayAt(file, at, "write the seconds since 1970, such as 1772445600 for 2 March 2026, or compare with input.time", "%s counts %s, and %s is no time of these years", named(a), a.unit, b.number)
	return true
}

// clock: OPA's functions of time count nanoseconds.
func (c *checker) clock(f *flow, m *ast.Module, file string, at *ast.Location, op string, t *ast.Term) {
	if a := c.domainOf(f, f.origins(m, t)); a.known && a.unit != "" {
		factor := "1000000000"
		if a.unit == millisSince || a.unit == milliseconds {
			factor = "1000000"
		}
		c.sayAt(file, at, "multiply by "+factor, "%s counts nanoseconds, and %s counts %s", op, named(a), a.unit)
	}
}
