package fhir

import (
	"sync"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// directory are the types of which a Reference's words stay, shown or not: who and where.
// They name no patient. That they stay even where such an entry is withheld in the same
// answer is on purpose: they are there when nobody asks for the entry, and one that was
// missing here alone would tell that it is withheld. A Medication is none of them: what
// it is called is what the patient has.
var directory = map[string]bool{
	"Endpoint": true, "HealthcareService": true, "Location": true, "Organization": true, "Practitioner": true, "PractitionerRole": true,
}

// actors are the types beside those that act in a record. An element that leads to these
// and to the directory says who did something: "performer", "author".
var actors = map[string]bool{"CareTeam": true, "Device": true, "Group": true, "Patient": true, "RelatedPerson": true}

// leads says what an element may lead to.
type leads uint8

const (
	toNothing   leads = iota // it holds no Reference
	toDirectory              // to the directory, or to others who act
	toEntries                // to entries of the record
)

// dataTypes are the data types that hold References, in whatever resource they stand.
var dataTypes = []string{"Annotation", "Extension", "Identifier", "Signature", "UsageContext"}

// leading tells, by resource type and the name of an element, what that leads to (R4's
// own table); those of the data types stand under "".
var leading = sync.OnceValue(func() map[string]map[string]leads {
	all := map[string]map[string]leads{"": {}}
	take := func(into string, links []r4.Link) {
		if all[into] == nil {
			all[into] = map[string]leads{}
		}
		for _, l := range links {
			all[into][l.Name()] = max(all[into][l.Name()], leadsTo(l.Targets))
		}
	}
	for typ, links := range r4.Linking() {
		take(typ, links)
	}
	for _, typ := range dataTypes {
		take("", r4.Links(typ))
	}
	return all
})

func leadsTo(targets []string) leads {
	to := toEntries
	for _, t := range targets {
		switch {
		case directory[t]:
			to = toDirectory
		case !actors[t]:
			return toEntries
		}
	}
	return to
}

// leadsOf tells it of an element of a resource.
func leadsOf(typ string, element []byte) leads {
	all := leading()
	if to, ok := all[typ][string(element)]; ok {
		return to
	}
	return all[""][string(element)]
}

// staysNamed says that the words of References to a type stay: it is of the directory,
// or whatever there is of it is released.
func (j *judge) staysNamed(typ []byte) bool {
	return directory[string(typ)] || j.everyLabel && j.classes.couldBe(string(typ))&^j.allowed == 0
}

// couldBe are the categories that entries of a type could be in.
func (c *Classifier) couldBe(typ string) (set uint64) {
	known := resourceTypes[typ]
	if known == nil || known.placed {
		return ^uint64(0) // what is not offered is in none that is released
	}
	t := c.types[typ]
	if t == nil || t.ranks[rankWide] == 0 {
		set |= 1 << c.ids[known.class]
	}
	if t != nil {
		for _, class := range t.class {
			set |= 1 << class
		}
	}
	if known.borrows() {
		set |= c.couldBe("DiagnosticReport")
	}
	return set
}

// couldBeAny are the categories that there are.
func (c *Classifier) couldBeAny() uint64 { return 1<<len(c.classes) - 1 }
