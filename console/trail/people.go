package trail

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/legible"
)

// somebody is a person whom somebody may have meant.
type somebody struct{ UserID, Name, Others, Address string }

// mostFound is how many people are offered to choose from.
const mostFound = 50

// called finds the people whom somebody typed, by user number or by name, among those
// who asked for something in this part of the trail: nobody else is known here. One
// person may be spelled in many ways, and every spelling finds them.
func (t *Room) called(ctx context.Context, s audit.Scope, given []string) ([]audit.Person, []fault, error) {
	typed := strings.TrimSpace(given[0])
	switch {
	case len(given) > 1:
		return nil, []fault{{"", "The address or form gives one of the filters more than once."}}, nil
	case len(typed) > maxField || legible.Line(typed) != typed:
		return nil, []fault{{"person", "What was typed is too long, or holds signs that cannot be typed."}}, nil
	case holdsNumber(typed):
		return nil, []fault{{"person", "This looks like an NHS number. Give it under “Patient” only, where it stays out of the address."}}, nil
	}
	all, err := t.cfg.Trail.People(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	if i := slices.IndexFunc(all, func(p audit.Person) bool { return p.UserID == typed }); i >= 0 {
		return all[i : i+1], nil, nil
	}
	people := slices.DeleteFunc(all, func(p audit.Person) bool { return !p.Called(typed) })
	if len(people) == 0 {
		return nil, []fault{{"person", "Nobody of this name or user number has asked for anything in your part of the trail. A name may be given in part, such as the surname."}}, nil
	}
	return people, nil, nil
}

// several offers the people of one name, each with the rest of the question. Names are
// shown of the trail, so that it is a look.
func (t *Room) several(s audit.Scope, q question, p patient, typed string, people []audit.Person) answer {
	l := look{action: audit.LookAtTrail, query: withoutNumbers("people?person=" + typed), part: s.SourceOrg,
		shown: len(people), outcome: audit.Released, recorded: true}
	data := searchPage{Question: q, Patient: p, Part: t.partOf(s), Choices: t.choices, Person: typed}
	if len(people) > mostFound {
		data.Notes = append(data.Notes, "There are "+thousands(len(people))+" people of this name, and these are the first. Type more of it.")
		people = people[:mostFound]
	}
	for _, who := range people {
		to := q
		to.Filter.UserID = who.UserID
		data.People = append(data.People, somebody{
			UserID: legible.Lines(who.UserID), Name: legible.Lines(nameOf(who)), Others: legible.Lines(join(others(who))),
			Address: t.address("/trail/records", orAll(to.values())),
		})
	}
	slices.SortStableFunc(data.People, func(a, b somebody) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return answer{status: http.StatusOK, name: "search", data: data, look: l}
}

// nameOf gives the name that a person bore last.
func nameOf(p audit.Person) string {
	if len(p.Names) == 0 {
		return "User " + p.UserID
	}
	return p.Names[0]
}

// others are the other names of a person.
func others(p audit.Person) []string { return p.Names[min(1, len(p.Names)):] }

// namesOf gives everybody's name by user id.
func namesOf(people []audit.Person) map[string]string {
	all := map[string]string{}
	for _, p := range people {
		all[p.UserID] = nameOf(p)
	}
	return all
}
