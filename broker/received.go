package broker

import (
	"errors"
	"io"
	"mime"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir/consent"
)

var errConsentForm = errors.New("not a FHIR JSON body within the limit, without conditions")

// received is a Consent as a professional sent it.
type received struct{ consent.Consent }

// conditions are fields that say when to record, or what part is sent. To pass one over
// would record what was not meant: a yes again, say, that was taken back since (attack 349).
var conditions = []string{"If-None-Exist", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Content-Range"}

// receive takes the body of a POST of a Consent.
func (x *exchange) receive() ([]byte, error) {
	header := x.request.Header
	if slices.ContainsFunc(conditions, func(name string) bool { return header[name] != nil }) {
		return nil, errConsentForm
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || (kind != "application/fhir+json" && kind != "application/json") {
		return nil, errConsentForm
	}
	body, err := io.ReadAll(io.LimitReader(x.request.Body, consent.MaxBytes+1))
	if err != nil || len(body) > consent.MaxBytes {
		return nil, errConsentForm
	}
	return body, nil
}

// read reads a Consent that came at a moment.
func read(body []byte, now time.Time) (received, error) {
	consent, err := consent.Parse(body, now)
	return received{consent}, err
}

// action is what the Consent asks to be recorded.
func (c received) action() access.Action {
	switch {
	case c.Category == consent.EmergencyAccess:
		return access.DeclareEmergency
	case c.Status == consent.Inactive:
		return access.Withdraw
	case c.Decision == consent.Deny:
		return access.RecordRefusal
	default:
		return access.RecordPermission
	}
}

// ends gives a permission that does not say how long it runs the deployment's
// usual time. The answer tells the professional the end.
func (c *received) ends(now time.Time, lasts time.Duration) {
	if c.action() != access.RecordPermission || !c.Until.IsZero() {
		return
	}
	from := now
	if c.From.After(now) {
		from = c.From
	}
	c.Until = from.Add(lasts).Truncate(time.Second)
}

// statement is the Consent in the words of a decision.
func (c received) statement() access.Statement {
	return access.Statement{
		Patient: c.Patient, UserID: c.UserID, Organisation: c.Organisation,
		Permission: c.Permission, Sources: c.Sources, Sensitive: c.Sensitive,
		How: c.How, Purpose: c.Purpose, ReasonCode: c.ReasonCode, Reason: c.Reason,
		Validity: access.Validity{From: c.From, Until: c.Until},
	}
}
