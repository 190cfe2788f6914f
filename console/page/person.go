package page

import (
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/vouch"
)

// Person is who is signed in, for the time of one request.
type Person struct {
	Subject access.Subject
	// Roles is how many roles they can choose from.
	Roles int
	// Bearer is the access token, for brokers; it never reaches the browser.
	Bearer string
	// From is where this request of theirs came from, for the records of those who are
	// asked for them.
	From vouch.Person
	// CSRF is the session's token; every form carries it, by {{csrf .}}.
	CSRF string
	// Idle is how long the session lasts if nobody uses it: a page leaves by itself
	// then, without JavaScript too. Zero: it stays.
	Idle  time.Duration
	Areas Areas
	// Warning is told on every page, in red; "" when all is well.
	Warning string
	// Patient finds a patient whom this session has looked up, by reference.
	Patient func(ref string) (*Patient, bool)
	// Kept is what the console keeps with the session, nil when it keeps nothing.
	Kept Kept
}

// Kept is what is kept with a session, and forgotten when that ends. It may be used by
// requests that still run then.
type Kept interface{ Forget() }

// Areas are the rooms of the console that a person may enter.
type Areas struct{ Patients, Trail, Rules bool }

// Patient is somebody whom the professional has looked up in this session.
type Patient struct {
	// Ref is opaque, random and known to this session alone: the only thing about
	// a patient that stands in an address.
	Ref    string
	Number nhs.Number
	// Born is the date of birth that the professional typed, YYYY-MM-DD.
	Born string
	// Name is what a source gave; "" when none could be shown yet.
	Name string
	// Died is what a source says of their death, when they were looked up, as a sentence
	// has it: "Died on 6 July 2026", "Has died"; "" of the living.
	Died string
	// Checked says that a source's own record has this number and date of birth.
	Checked bool
	// Confirmed says that the professional said that this is the right person.
	Confirmed bool
	// EmergencyEnds is the end of the emergency that this professional declared, in whichever
	// session; zero when none runs now.
	EmergencyEnds time.Time
	// MayDeclare says that one can be declared: the region has turned emergencies on,
	// none is declared now, and no source says that the patient has opted out.
	MayDeclare bool
}

// Handler is one page's work, for somebody who is signed in.
type Handler func(w http.ResponseWriter, r *http.Request, who *Person)
