package release

import "fmt"

// Code names why a release is refused.
type Code string

// Codes are all of them.
var Codes = []Code{TooLarge, NotWhole, Unsigned, NotSigned, Altered, NotApproved, ApprovedSame, Forged, NotYet, Expired, Older, Misplaced, DoesNotPass}

// The codes.
const (
	TooLarge     Code = "too-large"     // larger than Limits allow
	NotWhole     Code = "not-whole"     // cut off, or no bundle
	Unsigned     Code = "unsigned"      // no signature of the bundle
	NotSigned    Code = "not-signed"    // the signature is of a key that may not sign, or does not hold
	Altered      Code = "altered"       // what it holds is not what the statement names
	NotApproved  Code = "not-approved"  // approved by fewer people than are needed
	ApprovedSame Code = "approved-same" // twice by one person
	Forged       Code = "forged"        // an approval that does not hold, or of a key that may not approve
	NotYet       Code = "not-yet"       // it holds from later on
	Expired      Code = "expired"
	Older        Code = "older"         // its serial is not above the one that was accepted last
	Misplaced    Code = "misplaced"     // one for some requests where one for all belongs, or the other way round
	DoesNotPass  Code = "does-not-pass" // its policies do not load, or do not pass their own checks
)

// Refusal is why a release is refused.
type Refusal struct {
	Code Code
	Text string // what is wrong, and what to do
}

func (r *Refusal) Error() string { return r.Text }

func refuse(code Code, format string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}
