package collect

import (
	"encoding/json"
	"time"
)

// Part is what one source answered.
type Part struct {
	Source Source
	Status Status
	// Reason says why something was refused or withheld, or what failed, as the
	// source's broker told it. It is zero when nobody gave a reason.
	Reason Reason
	// Notes say how the source knows the patient, as its broker told it: under
	// another NHS number (known-by-another-number), or with a second record that is
	// not shown (another-record-here). One says that pages are missing, which the broker
	// could not have of the source (some-pages-missing). Whoever reads the entries is to
	// read them.
	Notes []Reason
	// Grounds are why the entries may be seen, each reason once, in the order in which the
	// broker tells them; none where there are no entries.
	Grounds []Ground
	// Unclear and Partial are the types, sorted, of which the broker says that some
	// entry could not be read or placed, or is shown less an element. That is
	// nobody's choice, and what is not of these types is not touched by it.
	Unclear, Partial []string
	// Open are the categories, sorted, that rules opened by themselves where the whole
	// record was refused (Status Withheld, with a Reason): the rest is not shown, whatever
	// there is. It tells what may be asked, and never what the source holds. Hidden says
	// that the broker told besides, of what is open, that something is not shown.
	Open   []string
	Hidden bool
	// Entries are what may be shown, in the order of the searches. TimedOut and
	// Failed too may come with entries: what arrived before.
	Entries []Entry
	// Cut says that the source has more than the collector's limits, or the broker's, let
	// through, or than the broker could have of it.
	// A part that was cut is never Complete.
	Cut bool
	// Took is the time from the first question to the source's last answer.
	Took time.Duration
}

// unauthenticated says that the broker did not accept the token.
func (p *Part) unauthenticated() bool {
	return p.Status == Refused && (p.Reason.Code == "token-not-accepted" || p.Reason.Code == "token-missing")
}

// Reason is a stated reason, as a broker's OperationOutcome tells it
// (docs/refusals.md).
type Reason struct {
	Code     string // "permission-needed"
	Text     string // plain English
	Remedy   string // what the person can do, without the record's id
	RecordID string // the audit record, to quote when asking about it; "" when there is none
}

// Entry is one resource, with the source's own bytes.
type Entry struct {
	FullURL  string // its address at the source's broker
	Type, ID string
	Resource json.RawMessage
	// Included says that it was not asked for itself: what another entry refers
	// to, and the Patient when demographics were not asked for.
	Included bool
}

// Result is one collection.
type Result struct {
	Trace string        // the trace id in every broker's records, 32 hexadecimal digits
	Parts []Part        // in the order of Config.Sources
	Took  time.Duration // until the last source had answered
}

// Status is how asking one source went.
type Status string

// The statuses. Each source of a collection has exactly one.
const (
	Complete      Status = "complete"
	Withheld      Status = "some-information-withheld"
	NotUnderstood Status = "some-information-not-understood"  // could not be read or placed: nobody's choice
	MayBeWithheld Status = "some-information-may-be-withheld" // a narrow question: telling would tell what
	InPart        Status = "some-information-in-part"         // an entry is shown less an element: nobody's choice
	Refused       Status = "refused"
	NoRecord      Status = "no-record-here"
	TimedOut      Status = "did-not-answer-in-time"
	Failed        Status = "failed"
)

// statuses are all of them, for metrics and documents.
var statuses = []Status{Complete, Withheld, NotUnderstood, MayBeWithheld, InPart, Refused, NoRecord, TimedOut, Failed}

var statusTexts = map[Status]string{
	Complete:      "Everything that was asked for is shown.",
	Withheld:      "Some information is not shown.",
	NotUnderstood: "Some entries of this source could not be read or placed, and are not shown. That is nobody's choice.",
	MayBeWithheld: "Some information may not be shown.",
	InPart:        "Some entries are shown in part: what could not be understood is left out.",
	Refused:       "This record is not shown to you.",
	NoRecord:      "There is no record of this patient here.",
	TimedOut:      "Did not answer in time. Some or all of this record is missing.",
	Failed:        "Could not be read. Some or all of this record is missing.",
}

// Text says a status in plain English.
func (s Status) Text() string {
	if text, ok := statusTexts[s]; ok {
		return text
	}
	return statusTexts[Failed] // never an empty line where a status belongs
}

// Remedy says what can be done where some is not shown and no reason is given, in
// the words of the policies' table; "" for other statuses.
func (s Status) Remedy() string { return statusRemedies[s] }

var statusRemedies = map[Status]string{
	Withheld:      "If you need more, ask the patient, or telephone the organisation that holds the record.",
	NotUnderstood: "If you need more, telephone the organisation that holds the record. The operator of the source is told.",
	InPart:        "If something seems to be missing, telephone the organisation that holds the record.",
}
