package check

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The units that the schema and the settings count in. An instant is a time on the
// clock; the others are lengths.
const (
	secondsSince = "seconds since 1970"
	millisSince  = "milliseconds since 1970"
	seconds      = "seconds"
	milliseconds = "milliseconds"
)

// inSeconds is by what a length is multiplied to become seconds.
var inSeconds = map[string]string{"minutes": "60", "hours": "3600", "days": "86400", "weeks": "604800"}

func instant(unit string) bool { return unit == secondsSince || unit == millisSince }

// lengthOf is the unit of the difference of two instants.
var lengthOf = map[string]string{secondsSince: seconds, millisSince: milliseconds}

// result is what a built-in gives, as far as units are concerned. The places of
// its operands are looked at when the rules have been followed (arithmetic); here
// it is enough that the unit can be told from the operands' own.
func result(f *flow, name string, of [][]origin) []origin {
	switch name {
	case "minus", "plus", "mul":
	case "lower", "upper", "trim_space":
		return []origin{{from: shaped, rule: name}}
	default:
		return nil
	}
	unit := f.unitAfter(name, of)
	if name == "minus" && unit == "" && writtenNumber(of[0]) == "" && writtenNumber(of[1]) == "" {
		return nil // it may be one set without another
	}
	return []origin{{from: counted, unit: unit, number: true}}
}

// unitAfter gives the unit of a sum, a difference or a product; "" when nobody can
// say.
func (f *flow) unitAfter(name string, of [][]origin) string {
	a, b := f.unitFrom(of[0]), f.unitFrom(of[1])
	switch name {
	case "minus":
		switch {
		case instant(a) && a == b:
			return lengthOf[a]
		case a != "" && (b == "" || b == lengthOf[a]):
			return a
		case a == b:
			return a
		}
	case "plus":
		switch {
		case instant(a) && (b == "" || b == lengthOf[a]):
			return a
		case instant(b) && (a == "" || a == lengthOf[b]):
			return b
		case a == b && !instant(a):
			return a
		}
	case "mul":
		if factor := writtenNumber(of[1]); a != "" && factor != "" {
			return multiplied(a, factor)
		}
		if factor := writtenNumber(of[0]); b != "" && factor != "" {
			return multiplied(b, factor)
		}
	}
	return ""
}

// multiplied: hours times 3600 are seconds; times anything else is told as a fault
// where it is written.
func multiplied(unit, factor string) string {
	switch {
	case inSeconds[unit] == factor:
		return seconds
	case inSeconds[unit]+"000" == factor:
		return milliseconds
	case unit == seconds && factor == "1000":
		return milliseconds
	case unit == secondsSince && factor == "1000":
		return millisSince
	}
	return ""
}

func writtenNumber(of []origin) string {
	if len(of) == 1 && of[0].from == written {
		if n, ok := of[0].term.Value.(ast.Number); ok {
			return string(n)
		}
	}
	return ""
}

func (f *flow) unitFrom(of []origin) string {
	unit := ""
	for _, o := range of {
		u := f.unit(o)
		if u != "" && unit != "" && u != unit {
			return ""
		}
		if u != "" {
			unit = u
		}
	}
	return unit
}

// compareUnits says what is wrong with comparing two numbers; "" when nothing is.
func compareUnits(a, b domain) (what, do string) {
	if a.unit == "" || b.unit == "" || a.unit == b.unit {
		return "", ""
	}
	what = fmt.Sprintf("%s counts %s, and %s counts %s", named(a), a.unit, named(b), b.unit)
	switch {
	case instant(a.unit) && instant(b.unit):
		do = "compare seconds with seconds: multiply by 1000, or use a field that counts the same"
	case inSeconds[a.unit] != "" && b.unit == seconds:
		do = fmt.Sprintf("multiply %s by %s", named(a), inSeconds[a.unit])
	case inSeconds[b.unit] != "" && a.unit == seconds:
		do = fmt.Sprintf("multiply %s by %s", named(b), inSeconds[b.unit])
	case instant(a.unit) || instant(b.unit):
		do = "a time on the clock is compared with another, and a length with the difference of two (input.time - ...)"
	default:
		do = "turn both into seconds"
	}
	return what, do
}

func named(d domain) string {
	if d.told == "" {
		return "one side"
	}
	return d.told
}
