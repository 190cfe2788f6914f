package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/legible"
)

// Format is the version of the statement.
const Format = 1

// Statement is what a release says of itself: release.json.
type Statement struct {
	Format int `json:"format"`
	// Serial is above that of every release before. A broker never goes back.
	Serial uint64 `json:"serial"`
	// Revision is the name under which decisions are recorded.
	Revision string `json:"revision"`
	// Fingerprint is of the whole folder (decision.Fingerprint).
	Fingerprint string `json:"fingerprint"`
	// NotBefore and Expires are from when and until when it may come into force. Expires may be
	// zero: it does not expire.
	NotBefore time.Time `json:"not_before"`
	Expires   time.Time `json:"expires,omitzero"`
	Author    string    `json:"author"`
	Reason    string    `json:"reason"`
	Made      time.Time `json:"made"`
	// Of names the serial whose rules this release brings back; 0 for all others.
	Of uint64 `json:"rollback_of,omitempty"`
	// Canary has it tried on some requests; nil of a release that is for all.
	Canary *Canary `json:"canary,omitempty"`

	Approvals []Approval `json:"approvals,omitempty"`
}

// Approval is one person's word for a statement.
type Approval struct {
	By  string    `json:"by"` // the name of their key
	At  time.Time `json:"at"`
	JWS string    `json:"jws"` // compact, with a detached payload: see approved
}

// Check says what is wrong with a statement that is to be made.
func (s *Statement) Check() error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	need(s.Format == Format, "format %d: this program reads %d; use a newer one", s.Format, Format)
	need(s.Serial > 0, "serial: give one above that of the release before, beginning with 1")
	need(len(s.Fingerprint) == 64, "fingerprint: 64 digits are missing")
	need(legible.Words(s.Revision) || legible.Name(s.Revision), "revision: give it a name, such as 2026-03-02.1")
	need(legible.Words(s.Author), "author: say who wrote it")
	need(legible.Words(s.Reason), "reason: say why, in words")
	need(s.Expires.IsZero() || s.NotBefore.Before(s.Expires), "it expires before it begins: give a later end, or an earlier beginning")
	need(s.Of < s.Serial, "rollback_of: serial %d is not before this one", s.Of)
	if s.Canary != nil {
		faults = append(faults, s.Canary.check())
		need(!s.Expires.IsZero(), "canary: say when it ends (expires)")
	}
	for name, text := range map[string]string{"revision": s.Revision, "author": s.Author, "reason": s.Reason} {
		need(len(text) <= mostText && legible.Line(text) == text, "%s: one line of at most %d bytes, without signs that cannot be seen", name, mostText)
	}
	return errors.Join(faults...)
}

const mostText = 1000

// payload is what an approval signs: the statement without approvals, the name of who approves,
// and when. encoding/json writes the same bytes of the same values.
func (s Statement) payload(by string, at time.Time) []byte {
	s.Approvals = nil
	b, err := json.Marshal(struct {
		Statement Statement `json:"statement"`
		By        string    `json:"approved_by"`
		At        time.Time `json:"approved_at"`
	}{s, by, at})
	if err != nil {
		panic("release: encoding a statement: " + err.Error())
	}
	return b
}

// text is release.json.
func (s Statement) text() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// readStatement reads release.json, which must be the very bytes that are written of what it says: a
// name that stands there twice, or in capitals, would say something else to another reader.
func readStatement(text []byte) (s Statement, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // one that is not known may be one that limits it
	if err = d.Decode(&s); err != nil {
		return s, err
	}
	if err = s.Check(); err != nil {
		return s, err
	}
	if written, err := s.text(); err != nil || !bytes.Equal(written, text) {
		return s, errors.New("it is not as this program writes it: a name stands there twice or otherwise spelt, or something follows")
	}
	return s, nil
}
