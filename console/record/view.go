package record

import (
	"time"

	"github.com/mycarerecord/mcr/collect"
)

// View is one patient's record as a page shows it.
type View struct {
	Read time.Time
	// Stop says why nothing clinical may be shown; then all below Sources is empty.
	Stop Stop
	// Differing are the sources that have another date of birth.
	Differing []*Source
	Person    Person
	// Sources are all that were asked, in their order.
	Sources []*Source
	// Attention is what must stand at the top: what did not come, and why.
	Attention []Attention
	// Limits say what is shown of a source without asking the patient, where the rest is
	// not: that is so for everybody in this place, and no warning.
	Limits  []Attention
	Summary Summary
	// Categories hold every line once.
	Categories []Category
	// Years hold every dated line once more, newest first, the undated last.
	Years []Year
	// Total counts the lines of Categories.
	Total int
}

// Stop is a reason to show nothing clinical.
type Stop string

// The reasons.
const (
	// Unconfirmed: something came, and no Patient with the date of birth.
	Unconfirmed Stop = "date-of-birth-not-confirmed"
	// OtherBirth: a source's Patient has another date of birth, and none has this one.
	OtherBirth Stop = "other-date-of-birth"
)

// Source is one organisation that was asked.
type Source struct {
	ID, Name, Telephone, Kind string
	Status                    collect.Status
	Reason                    collect.Reason
	Notes                     []collect.Reason // how it knows the patient
	Grounds                   []collect.Ground // why what it answered may be seen
	// Unclear and Partial are the types of which some entry could not be read or
	// placed, or is shown less an element: how the source wrote it, nobody's choice.
	Unclear, Partial []string
	// Open are the categories that rules opened by themselves, where the rest is not shown;
	// Hidden says that something of these is not shown either.
	Open   []string
	Hidden bool
	Cut    bool
	// Apart says that its Patient has another date of birth: nothing of it is shown.
	Apart bool
	Took  time.Duration
	// Shown counts the lines that came from it, Odd what could not be displayed, and
	// Directory those of Shown that are of no patient: an organisation, a place.
	Shown, Odd, Directory int
}

// Entries counts what is shown of the patient's record.
func (s *Source) Entries() int { return s.Shown - s.Directory }

// Waiting says that the source has not answered yet.
func (s *Source) Waiting() bool { return s.Status == "" }

// whole says that all that the source holds of some types is here: only then is
// what is not here said not to be recorded there. What could not be read or placed
// was found by the search for its type; what is shown in part is here.
func (s *Source) whole(types []string) bool {
	if s.Cut || s.Odd > 0 || s.Apart {
		return false
	}
	switch s.Status {
	case collect.Complete, collect.InPart:
		return true
	case collect.NotUnderstood:
		return len(s.Unclear) > 0 && !among(s.Unclear, types)
	}
	return false
}

// Standing is how far an entry holds.
type Standing uint8

// The standings, the most pressing first.
const (
	Current Standing = iota // or not said: what is not known to be over is not over
	Past                    // resolved, stopped, completed
	Refuted                 // looked into, and not so
	Undone                  // planned or considered, and not done
	Wrong                   // entered in error
)

// Line is one entry of a record, as one source has it.
type Line struct {
	// ID is the line's anchor on the page: l1, l2 …
	ID       string
	Source   *Source
	Category string // as in Category.ID
	Kind     string // what it is, in words: "Prescription"
	Title    string
	Marks    []Mark
	When     When
	// WhenIs says what happened then: "Started", "Recorded".
	WhenIs string
	// Ago says how old a result is that is not new: "3 years ago".
	Ago string
	// Till is when it ended or is to end, in words: the time alone on the same day.
	Till     string
	Standing Standing
	// Value and Range are a result's, as given.
	Value, Range string
	Facts        []Fact
	// Prose is text of several lines, such as a letter's.
	Prose string
	// Documents are the files that can be opened.
	Documents []Document
	// Also are the entries of other sources that say the same, where they are folded.
	Also []*Line
	// Changes say how a result, or each part of one, stands to the one before.
	Changes []Change
	// Series names the repeated results that this line is one of; "" when it stands alone.
	Series *Series

	typ      string
	alike    []string  // codes and words by which it is the same thing as another line
	same     []string  // by what it is the same fact as another: see identity
	sort     int       // the most pressing first, within a list
	decision *decision // about resuscitation or care in advance; nil for other entries
	about    any       // what the reader of its type wants to remember
}

// Document is a file that the source's broker has a link to.
type Document struct {
	Title string // "" when it has none
	Kind  string // "a PDF", or "" when it is not said
	Link  string // its token, which is this professional's alone
	At    string // where it is opened, within the console
}

// Mark is a short word beside a title; its meaning is never in its colour alone.
type Mark struct {
	Text string
	Tone Tone
}

// Tone is how a mark looks.
type Tone string

// The tones.
const (
	Alarm Tone = "red"
	Heed  Tone = "yellow"
	Plain Tone = "grey"
	Good  Tone = "green"
)

// Fact is one more thing that an entry says.
type Fact struct{ Name, Text string }

// Person is who the record is about, as sources say.
type Person struct {
	Names  []Said // different ones only
	Gender []Said
	Died   []Said
	Before string // what was said of their death when they were looked up (page.Patient)
	Age    int    // in years, -1 when not known, and of the dead
	Aged   string // the same in words: "68 years", "16 months"; "" when Age is -1
	// Protected says that a source marks where the patient lives as protected.
	Protected bool
}

// Said is something with the sources that say so.
type Said struct {
	Text string
	By   []*Source
}

// Category is the lines of one part of a record, the current and newest first.
type Category struct {
	ID, Name string
	Lines    []*Line
	Series   []*Series
	Account  Account
}

// Year is a part of the time line.
type Year struct {
	Name  string // "2026", or "No date given"
	Lines []*Line
}

// Account says, for one part of the record, what the sources' silence means.
type Account struct {
	// None are the sources that answered in full and hold nothing of the kind.
	None []*Source
	// Unknown are the sources that hold, or may hold, more than is here.
	Unknown []Silent
}

// Silent is a source that may hold more, and why it is not here.
type Silent struct {
	Source *Source
	Why    string
}
