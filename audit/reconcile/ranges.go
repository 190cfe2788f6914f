package reconcile

import (
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/audit/ship"
)

// mostRanges bounds a list of ranges. Beyond it the two that are nearest become one, with what
// is between them: numbers that are named without need, and none that is not named.
const mostRanges = 10_000

// ranges are of numbers, ascending, none touching the next.
type ranges []ship.Range

// within gives the part of the ranges inside bounds.
func (all ranges) within(b ship.Range) (part ranges) {
	for _, r := range all {
		if r.Last >= b.First && r.First <= b.Last {
			part = append(part, ship.Range{First: max(r.First, b.First), Last: min(r.Last, b.Last)})
		}
	}
	return part
}

// put says that inside bounds there is what was found, and nothing else.
func (all ranges) put(b ship.Range, found ranges) ranges {
	var out ranges
	if b.First > 0 {
		out = all.within(ship.Range{First: 0, Last: b.First - 1})
	}
	for _, r := range found {
		out = out.and(r)
	}
	for _, r := range all.within(ship.Range{First: b.Last + 1, Last: 1<<64 - 1}) {
		out = out.and(r)
	}
	for len(out) > mostRanges {
		out = out.nearest()
	}
	return out
}

// and adds a range behind the others.
func (all ranges) and(r ship.Range) ranges {
	if n := len(all); n > 0 && all[n-1].Last+1 >= r.First {
		all[n-1].Last = max(all[n-1].Last, r.Last)
		return all
	}
	return append(all, r)
}

// nearest joins the two ranges with the least between them.
func (all ranges) nearest() ranges {
	at := 1
	for i := 2; i < len(all); i++ {
		if all[i].First-all[i-1].Last < all[at].First-all[at-1].Last {
			at = i
		}
	}
	all[at-1].Last = all[at].Last
	return append(all[:at], all[at+1:]...)
}

// without takes other ranges out.
func (all ranges) without(others ranges) (left ranges) {
	for _, r := range all {
		for len(others) > 0 && others[0].Last < r.First {
			others = others[1:]
		}
		from := r.First
		for _, o := range others {
			if o.First > r.Last {
				break
			}
			if o.First > from {
				left = append(left, ship.Range{First: from, Last: o.First - 1})
			}
			from = max(from, o.Last+1)
		}
		if from <= r.Last {
			left = append(left, ship.Range{First: from, Last: r.Last})
		}
	}
	return left
}

// records says how many numbers there are.
func (all ranges) records() (n uint64) {
	for _, r := range all {
		n += r.Last - r.First + 1
	}
	return n
}

// String gives "3-7, 12, 40-41 and 5 more ranges": the first twenty.
func (all ranges) String() string {
	var text []string
	for i, r := range all {
		if i == 20 {
			return fmt.Sprintf("%s and %d more ranges", strings.Join(text, ", "), len(all)-i)
		}
		if r.First == r.Last {
			text = append(text, fmt.Sprint(r.First))
		} else {
			text = append(text, fmt.Sprintf("%d-%d", r.First, r.Last))
		}
	}
	return strings.Join(text, ", ")
}
