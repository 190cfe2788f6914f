package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

// Kind is what an entry says about its patient.
type Kind string

// The kinds.
const (
	KindRegistration   Kind = "registration"     // the general practice
	KindRestriction    Kind = "restriction"      // a sensitive patient (R or V)
	KindNumberLink     Kind = "number-link"      // another NHS number of the same person
	KindOptOut         Kind = "opt-out"          // objects to sharing across organisations
	KindNationalOptOut Kind = "national-opt-out" // about secondary uses
	KindPermission     Kind = "permission"       // the answer to being asked: yes or no
	KindWithdrawal     Kind = "withdrawal"       // what was said when permissions ended
	KindRelationship   Kind = "relationship"     // episode, admission, referral, caseload, call, encounter
	KindTestOrder      Kind = "test-order"
	KindEmergency      Kind = "emergency" // break glass
	KindPerson         Kind = "person"    // a user who is this patient
	KindBirth          Kind = "birth"     // when the patient was born
)

// Status is whether an entry counts. The period that it is valid for is judged
// by the policies.
type Status string

// The statuses.
const (
	Active    Status = "active"
	Ended     Status = "ended"     // finished, cancelled, closed
	Withdrawn Status = "withdrawn" // a permission that the patient took back
	Void      Status = "void"      // entered in error, or moved to another patient
)

// KnownKind says whether a kind is one of those above.
func KnownKind(k Kind) bool {
	switch k {
	case KindRegistration, KindRestriction, KindNumberLink, KindOptOut, KindNationalOptOut, KindPermission,
		KindWithdrawal, KindRelationship, KindTestOrder, KindEmergency, KindPerson, KindBirth:
		return true
	}
	return false
}

// KnownStatus says whether a status is one of those above.
func KnownStatus(s Status) bool {
	return s == Active || s == Ended || s == Withdrawn || s == Void
}

// Entry is one version of one entry.
type Entry struct {
	ID           string
	Version      int
	Kind         Kind
	Status       Status
	Patient      nhs.Number
	Organisation nhs.ODSCode // the zero code where the kind has none
	UserID       string
	access.Validity
	Detail     Detail
	RecordedBy string
	RecordedAt time.Time
}

// Detail is what else the kinds hold; each field says which.
type Detail struct {
	Form      string    `json:"form,omitempty"`         // relationship: "episode", "admission", ...
	Name      string    `json:"name,omitempty"`         // registration: the practice's
	Telephone string    `json:"telephone,omitempty"`    // registration: the practice's
	Given     bool      `json:"given,omitempty"`        // permission: the patient said yes
	Sources   []string  `json:"sources,omitempty"`      // permission
	Sensitive bool      `json:"sensitive,omitempty"`    // permission
	How       string    `json:"how,omitempty"`          // permission, withdrawal
	Purpose   string    `json:"purpose,omitempty"`      // permission, withdrawal
	Asked     time.Time `json:"asked,omitzero"`         // permission: when the patient answered, where it was not when it was recorded
	Category  string    `json:"category,omitempty"`     // test order
	State     string    `json:"state,omitempty"`        // test order: FHIR request-status
	ClosedAt  time.Time `json:"closed_at,omitzero"`     // test order
	Code      string    `json:"code,omitempty"`         // restriction, emergency
	Reason    string    `json:"reason,omitempty"`       // emergency
	Born      string    `json:"born,omitempty"`         // birth: a day, a month or a year, as FHIR writes it
	Other     string    `json:"other,omitempty"`        // number link: the other NHS number
	Link      string    `json:"link,omitempty"`         // number link: "replaced-by" or "replaces"
	Withdraws []string  `json:"withdraws,omitempty"`    // withdrawal: the permissions
	EndedBy   string    `json:"withdrawn_by,omitempty"` // permission: the withdrawal
}

// The links between two NHS numbers of one person: Detail.Link.
const (
	ReplacedBy = "replaced-by"
	Replaces   = "replaces"
)

// Fit returns nil if a store can keep the entry and read it again: no name in it has a control
// character.
func (e *Entry) Fit() error {
	for _, name := range []string{e.ID, e.UserID, e.RecordedBy} {
		if strings.ContainsFunc(name, unicode.IsControl) {
			return fmt.Errorf("%w: a name has a control character", ErrStatement)
		}
	}
	return nil
}

// Says reports whether two versions say the same, whoever recorded them and when.
func (e Entry) Says(o Entry) bool {
	a, _ := json.Marshal(e.Detail)
	b, _ := json.Marshal(o.Detail)
	return e.Kind == o.Kind && e.Status == o.Status && e.Patient == o.Patient &&
		e.Organisation == o.Organisation && e.UserID == o.UserID &&
		e.From.Equal(o.From) && e.Until.Equal(o.Until) && bytes.Equal(a, b)
}

var errDamaged = errors.New("an entry cannot be read")

// Damaged says that an entry cannot be read, and why.
func Damaged(id string, cause error) error { return fmt.Errorf("%w: %s: %w", errDamaged, id, cause) }
