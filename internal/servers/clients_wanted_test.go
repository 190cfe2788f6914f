//go:build servers

package servers_test

import (
	"fmt"
	"slices"
	"strings"
)

// outcome is what a client made of one ask.
type outcome struct {
	Client, Ask, Detail string
	OK                  bool
	Status              int
}

func (o outcome) String() string {
	if o.OK {
		return fmt.Sprintf("%q", o.Detail)
	}
	return fmt.Sprintf("%d %q", o.Status, o.Detail)
}

// wanted is what should come of an ask: it works and tells what came, or it is
// refused with a reason code, which the library's user can see.
type wanted struct {
	detail string // " or " between choices
	code   string
	noted  bool // the answer says that something is, or may be, withheld
	part   bool // more may come
}

func works(detail string) wanted { return wanted{detail: detail} }
func shown(detail string) wanted { return wanted{detail: detail, noted: true} }
func holds(detail string) wanted { return wanted{detail: detail, part: true} }
func refused(code string) wanted { return wanted{code: code} }

func (w wanted) String() string {
	if w.code != "" {
		return "refused: " + w.code
	}
	return fmt.Sprintf("%q", w.detail)
}

// differs says what is wrong with an outcome, "" for nothing.
func (w wanted) differs(o outcome) string {
	if w.code != "" {
		switch {
		case o.OK:
			return "it works"
		case o.Detail != w.code:
			return "not refused as meant"
		}
		return ""
	}
	came := strings.Split(o.Detail, ", ")
	notes := slices.IndexFunc(came, func(s string) bool { return strings.HasSuffix(s, " OperationOutcome") })
	if notes >= 0 {
		came = slices.Delete(came, notes, notes+1)
	}
	switch {
	case !o.OK:
		return "it does not work"
	case w.part:
		for one := range strings.SplitSeq(w.detail, ", ") {
			if !slices.Contains(came, one) {
				return "without " + one
			}
		}
	case !slices.Contains(strings.Split(w.detail, " or "), strings.Join(came, ", ")):
		return "something else came"
	case w.noted && notes < 0 && o.Client != "fhirpy": // whose searches give the resources of the type asked for alone
		return "nothing says that something is withheld"
	}
	return ""
}
