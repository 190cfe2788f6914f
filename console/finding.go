package console

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/fhirdate"
)

// verdict is what the sources' demographics say of a number and a date of birth.
type verdict string

const (
	matched   verdict = "matched"   // a source's own record has this number and this date of birth
	differs   verdict = "differs"   // there is a record, and its date of birth is another: told as unknown
	unknown   verdict = "unknown"   // every source answered that it has no record
	hidden    verdict = "hidden"    // no source may tell yet
	unreached verdict = "unreached" // nobody who answered has one, and not all answered, or nobody did
)

// finding is what came of asking every source who a patient is. It keeps what the
// person in front of the screen must be able to check, and nothing else.
type finding struct {
	Verdict verdict
	// People are what the sources with this date of birth call the patient: one
	// entry for each way of writing it.
	People []called
	// Otherwise names sources that hold another date of birth under this number.
	Otherwise []string
	// Told are the reasons that were given, each once, with the sources that gave it.
	Told []told
	// Missing are the sources that did not answer, or not in a way that can be read.
	Missing []collect.Source
	// Reached are the sources that answered, Holds those of them that hold a record
	// with this number, and not with another date of birth.
	Reached, Holds []collect.Source
	// Answered says that some source did.
	Answered bool
	At       time.Time
}

// called is how sources write who a patient is.
type called struct {
	Name, Gender, Died string
	Sources            []string
}

// told is one stated reason.
type told struct {
	collect.Reason
	Sources []collect.Source
}

// about judges the demographics of a collection.
func about(parts []collect.Part, born string, now time.Time) finding {
	f := finding{At: now}
	refused := 0
	for _, part := range parts {
		f.reach(part, born)
		switch part.Status {
		case collect.TimedOut, collect.Failed:
			f.Missing = append(f.Missing, part.Source)
		case collect.Refused, collect.Withheld, collect.MayBeWithheld:
			f.Answered = true
			refused++
		case collect.NoRecord:
			f.Answered = true
		default:
			if !slices.ContainsFunc(part.Entries, tells) {
				f.Missing = append(f.Missing, part.Source) // something is there, and nobody can say whose
				break
			}
			f.Answered = true
		}
		if part.Reason.Code != "" && part.Status != collect.TimedOut && part.Status != collect.Failed {
			f.tell(part)
		}
		for _, entry := range part.Entries {
			p, ok := identityOf(entry)
			if !ok {
				continue
			}
			switch p.BirthDate {
			case born:
				f.call(p, part.Source.Name)
			case "":
				refused++ // not shown: nothing speaks for or against
			default:
				if !slices.Contains(f.Otherwise, part.Source.Name) {
					f.Otherwise = append(f.Otherwise, part.Source.Name)
				}
			}
		}
	}
	switch {
	case len(f.People) > 0:
		f.Verdict = matched
	case len(f.Otherwise) > 0:
		f.Verdict = differs
	case refused > 0:
		f.Verdict = hidden
	case len(f.Missing) > 0, len(parts) == 0: // only what every source said is said of all
		f.Verdict = unreached
	default:
		f.Verdict = unknown
	}
	return f
}

// reach notes a source that answered, and whether the patient is known there: a
// refusal does not say.
func (f *finding) reach(part collect.Part, born string) {
	if part.Status == collect.TimedOut || part.Status == collect.Failed {
		return
	}
	f.Reached = append(f.Reached, part.Source)
	holds := part.Status == collect.Withheld || part.Status == collect.NotUnderstood
	for _, entry := range part.Entries {
		p, ok := identityOf(entry)
		if ok && p.BirthDate != "" && p.BirthDate != born {
			return
		}
		holds = holds || ok
	}
	if holds {
		f.Holds = append(f.Holds, part.Source)
	}
}

// tell notes a reason, and the source that gave it.
func (f *finding) tell(part collect.Part) {
	for i := range f.Told {
		if f.Told[i].Code == part.Reason.Code && f.Told[i].Remedy == part.Reason.Remedy {
			f.Told[i].Sources = append(f.Told[i].Sources, part.Source)
			return
		}
	}
	f.Told = append(f.Told, told{part.Reason, []collect.Source{part.Source}})
}

func (f *finding) call(p identity, source string) {
	c := called{Name: p.name(), Gender: p.Gender, Died: p.died()}
	for i := range f.People {
		if have := &f.People[i]; have.Name == c.Name && have.Gender == c.Gender && have.Died == c.Died {
			if !slices.Contains(have.Sources, source) {
				have.Sources = append(have.Sources, source)
			}
			return
		}
	}
	c.Sources = []string{source}
	f.People = append(f.People, c)
}

// Name is what most sources call the patient; "" when none may tell.
func (f finding) Name() string {
	best := called{}
	for _, c := range f.People {
		if len(c.Sources) > len(best.Sources) {
			best = c
		}
	}
	return best.Name
}

// Died is what the first source that knows of it says of the patient's death; "" when none does.
func (f finding) Died() string {
	for _, c := range f.People {
		if c.Died != "" {
			return c.Died
		}
	}
	return ""
}

// said gives a reason that was told, by code.
func (f finding) said(codes ...string) (told, bool) {
	for _, t := range f.Told {
		if slices.Contains(codes, t.Code) {
			return t, true
		}
	}
	return told{}, false
}

// askable are the reasons whose remedy is to ask the patient.
var askable = []string{
	"permission-needed", "permission-expired", "permission-withdrawn", "permission-refused-by-patient",
	"permission-not-yet-valid", "permission-for-other-source", "category-not-routine", "category-not-ordered",
	"test-order-closed", "emergency-ended",
}

// OptedOut is the refusal that nothing overrides.
func (f finding) OptedOut() (told, bool) { return f.said("opted-out") }

// Asks says that asking the patient would open something, and why.
func (f finding) Asks() (told, bool) { return f.said(askable...) }

// identity is what a Patient resource says of who somebody is.
type identity struct {
	BirthDate string `json:"birthDate"`
	Gender    string `json:"gender"`
	Deceased  any    `json:"deceasedBoolean"`
	DiedAt    string `json:"deceasedDateTime"`
	Names     []struct {
		Use    string   `json:"use"`
		Text   string   `json:"text"`
		Family string   `json:"family"`
		Given  []string `json:"given"`
		Prefix []string `json:"prefix"`
	} `json:"name"`
}

func identityOf(entry collect.Entry) (identity, bool) {
	var p identity
	return p, entry.Type == "Patient" && json.Unmarshal(entry.Resource, &p) == nil
}

// tells says whether an entry says who somebody is.
func tells(entry collect.Entry) bool {
	_, ok := identityOf(entry)
	return ok
}

// name gives the official name, else the first that there is.
func (p identity) name() string {
	best := ""
	for _, n := range p.Names {
		text := n.Text
		if n.Family != "" || len(n.Given) > 0 {
			text = strings.Join(strings.Fields(strings.Join(n.Prefix, " ")+" "+strings.Join(n.Given, " ")+" "+n.Family), " ")
		}
		if text != "" && (best == "" || n.Use == "official") {
			best = text
		}
	}
	if len(best) > 200 {
		best = strings.ToValidUTF8(best[:200], "") + "…"
	}
	return best
}

// died says "died", with the day when it is known; "" for the living.
func (p identity) died() string {
	if d, ok := fhirdate.ParseLenient(p.DiedAt); ok && d.Precision >= fhirdate.Day {
		return "Died on " + page.Date(d.Time)
	}
	if p.DiedAt != "" || p.Deceased == true {
		return "Has died"
	}
	return ""
}
