package cases

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

// caseFacts is what is known. A fact that is not named was looked up and is not
// there; "unavailable" is one that could not be looked up.
type caseFacts struct {
	Registry         string                `yaml:"registry"` // "unavailable": none of the facts
	Age              caseFact[int]         `yaml:"age"`      // of the patient, in whole years
	OptOut           caseFact[caseEntry]   `yaml:"opt_out"`
	Restriction      caseFact[caseEntry]   `yaml:"restriction"`
	Registration     caseFact[caseEntry]   `yaml:"registration"`
	Permissions      caseFact[[]caseEntry] `yaml:"permissions"`
	Relationships    caseFact[[]caseEntry] `yaml:"relationships"`
	TestOrders       caseFact[[]caseEntry] `yaml:"test_orders"`
	Emergencies      caseFact[[]caseEntry] `yaml:"emergencies"`
	SubjectIsPatient caseFact[bool]        `yaml:"professional_is_the_patient"`
	NationalOptOut   caseFact[bool]        `yaml:"national_opt_out"`
	Superseded       int                   `yaml:"older_numbers"`
}

// caseEntry is one entry of the registry; each kind uses some of the fields.
type caseEntry struct {
	ID           string   `yaml:"id"`
	Kind         string   `yaml:"kind"`
	Organisation string   `yaml:"organisation"`
	Name         string   `yaml:"name"`
	Telephone    string   `yaml:"telephone"`
	Contact      string   `yaml:"contact"`
	Code         string   `yaml:"code"`
	For          string   `yaml:"for"`    // one of people, or a user id
	Answer       string   `yaml:"answer"` // "yes" or "no"
	Withdrawn    bool     `yaml:"withdrawn"`
	Ended        bool     `yaml:"ended"`
	Sources      []string `yaml:"sources"`
	Sensitive    bool     `yaml:"sensitive"`
	How          string   `yaml:"how"`
	Category     string   `yaml:"category"`
	Status       string   `yaml:"status"`
	Closed       string   `yaml:"closed"`
	ReasonCode   string   `yaml:"reason_code"`
	Recorded     string   `yaml:"recorded"`
	From         string   `yaml:"from"`
	Until        string   `yaml:"until"`
}

// caseFact is a fact: "unavailable", or what is known.
type caseFact[T any] struct {
	state access.State
	value T
	given bool
}

func (f *caseFact[T]) UnmarshalYAML(n *yaml.Node) error {
	f.given = true
	switch n.Value {
	case "unavailable":
		f.state = access.Unavailable
		return nil
	case "absent":
		f.state = access.Absent
		return nil
	}
	f.state = access.Known
	return strictYAML(n, &f.value)
}

// caseReader turns a case's words into values; it keeps the first fault.
type caseReader struct {
	file *caseFile
	err  error
}

func (r *caseReader) fault(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *caseReader) ods(s string) nhs.ODSCode {
	c, err := nhs.ParseODSCode(s)
	if err != nil && s != "" {
		r.fault("organisation %q: %w", s, err)
	}
	return c
}

// at reads a time: "2 hours ago", "in 3 days", "now", a date, or "" for none.
func (r *caseReader) at(s string) time.Time {
	now := r.file.Now
	words := strings.Fields(s)
	switch {
	case s == "":
		return time.Time{}
	case s == "now":
		return now
	case len(words) == 3 && words[2] == "ago":
		return now.Add(-r.span(words[0], words[1]))
	case len(words) == 3 && words[0] == "in":
		return now.Add(r.span(words[1], words[2]))
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	r.fault("time %q: say 2 hours ago, in 3 days, now, or a date such as 2026-03-02", s)
	return now
}

// longestSpan is how far from now a case can reach.
const longestSpan = 200 * 365 * 24 * time.Hour

func (r *caseReader) span(count, unit string) time.Duration {
	n, err := strconv.Atoi(count)
	units := map[string]time.Duration{
		"second": time.Second, "minute": time.Minute, "hour": time.Hour,
		"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "year": 365 * 24 * time.Hour,
	}
	length, ok := units[strings.TrimSuffix(unit, "s")]
	if err != nil || !ok {
		r.fault("time %q: say a number of seconds, minutes, hours, days, weeks or years", count+" "+unit)
		return 0
	}
	if n < 0 || n > int(longestSpan/length) {
		r.fault("time %q: say a number from 0 on, and not more than 200 years", count+" "+unit)
		return 0
	}
	return time.Duration(n) * length
}

func (r *caseReader) validity(e caseEntry) access.Validity {
	return access.Validity{From: r.at(e.From), Until: r.at(e.Until)}
}

// user gives the user id of one of people, or the id itself.
func (r *caseReader) user(name string) string {
	if p, ok := r.file.People[name]; ok {
		return p.User
	}
	return name
}

// facts turns the facts of a case into those that the engine is given.
func (r *caseReader) facts(c *caseFacts) access.Facts {
	if c.Registry == "unavailable" {
		return access.Facts{}
	} else if c.Registry != "" {
		r.fault("registry: say unavailable, or name the facts")
	}
	return access.Facts{
		Identity: access.KnownFact(access.Identity{Others: make([]nhs.Number, c.Superseded)}),
		Age: fact(c.Age, func(n int) int {
			if n < 0 || n > 150 {
				r.fault("age: say whole years, from 0 to 150")
			}
			return n
		}),
		OptOut: fact(c.OptOut, func(e caseEntry) access.OptOut {
			return access.OptOut{ID: e.ID, Validity: r.validity(e), Telephone: e.Telephone, Contact: e.Contact}
		}),
		Restriction: fact(c.Restriction, func(e caseEntry) access.Restriction {
			return access.Restriction{ID: e.ID, Code: e.Code, Validity: r.validity(e)}
		}),
		Registration: fact(c.Registration, func(e caseEntry) access.Registration {
			return access.Registration{ID: e.ID, Practice: r.ods(e.Organisation), Name: e.Name, Telephone: e.Telephone, Validity: r.validity(e)}
		}),
		Permissions: factList(c.Permissions, func(e caseEntry) access.Permission {
			if e.Answer != "yes" && e.Answer != "no" {
				r.fault("permission %s: answer must be yes or no", e.ID)
			}
			recorded := r.at(e.Recorded)
			if recorded.IsZero() {
				recorded = r.at(e.From)
			}
			return access.Permission{
				ID: e.ID, UserID: r.user(e.For), Organisation: r.ods(e.Organisation), Given: e.Answer == "yes",
				Withdrawn: e.Withdrawn, Sources: e.Sources, Sensitive: e.Sensitive, How: e.How,
				Recorded: recorded, Validity: r.validity(e),
			}
		}),
		Relationships: factList(c.Relationships, func(e caseEntry) access.Relationship {
			return access.Relationship{ID: e.ID, Kind: e.Kind, Organisation: r.ods(e.Organisation), Ended: e.Ended, Validity: r.validity(e)}
		}),
		TestOrders: factList(c.TestOrders, func(e caseEntry) access.TestOrder {
			return access.TestOrder{
				ID: e.ID, Organisation: r.ods(e.Organisation), UserID: r.user(e.For), Category: e.Category,
				Status: e.Status, ClosedAt: r.at(e.Closed), Validity: r.validity(e),
			}
		}),
		Emergencies: factList(c.Emergencies, func(e caseEntry) access.Emergency {
			return access.Emergency{ID: e.ID, UserID: r.user(e.For), ReasonCode: e.ReasonCode, Validity: r.validity(e)}
		}),
		SubjectIsPatient: fact(c.SubjectIsPatient, func(b bool) bool { return b }),
		NationalOptOut:   fact(c.NationalOptOut, func(b bool) bool { return b }),
	}
}

func fact[T, U any](f caseFact[T], read func(T) U) access.Fact[U] {
	switch {
	case !f.given || f.state == access.Absent:
		return access.AbsentFact[U]()
	case f.state == access.Unavailable:
		return access.Fact[U]{}
	}
	return access.KnownFact(read(f.value))
}

func factList[U any](f caseFact[[]caseEntry], read func(caseEntry) U) access.Fact[[]U] {
	return fact(f, func(list []caseEntry) []U {
		out := make([]U, len(list))
		for i, e := range list {
			out[i] = read(e)
		}
		return out
	})
}
