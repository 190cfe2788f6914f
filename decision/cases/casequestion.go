package cases

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// casePatient is the number that every case is about: of the range for tests.
// No decision may depend on it.
const casePatient = "9990000018"

// question turns what a case asks into a question.
func (r *caseReader) question(c *decisionCase) access.Question {
	who, at := r.file.People[c.When.Who], r.file.Places[c.When.At]
	role, err := nhs.ParseRoleCode(who.Role)
	if err != nil {
		r.fault("%s: role %q: %w", c.When.Who, who.Role, err)
	}
	q := access.Question{
		Time: r.file.Now,
		Subject: access.Subject{
			UserID: who.User, Role: role, Organisation: r.ods(who.Organisation), Assurance: "AAL3",
		},
		OrganisationKind: who.OrganisationKind, AskedLastHour: c.When.Asked,

		Source:  access.Source{ID: at.ID, Kind: at.Kind, Organisation: r.ods(at.Organisation)},
		Action:  access.View,
		Purpose: access.DirectCare,
	}
	if c.When.Asked < 0 {
		r.fault("asked_last_hour: say a number from 0 on")
	}
	if !c.When.Unknown {
		q.Patient, _ = nhs.ParseNumber(casePatient)
	}
	if c.When.Purpose != "" {
		q.Purpose = c.When.Purpose
	}
	if c.When.Does != "" {
		q.Action = access.Action(c.When.Does)
	}
	if q.Action == access.View {
		q.Request = r.request(c.When.Asks)
		return q
	}
	q.Request = fhir.Request{Interaction: fhir.Create, Type: "Consent"}
	if c.When.Says == nil {
		r.fault("says: what is to be recorded must be given")
		return q
	}
	q.Statement = r.statement(c.When.Says, who)
	q.Statement.Patient = q.Patient
	return q
}

func (r *caseReader) statement(s *caseStatement, who person) *access.Statement {
	if s.For != "" {
		other, ok := r.file.People[s.For]
		if !ok {
			r.fault("says: for: %q is not one of people", s.For)
		}
		who = other
	}
	return &access.Statement{
		UserID: who.User, Organisation: r.ods(who.Organisation), Permission: s.Permission,
		Sources: s.Sources, Sensitive: s.Sensitive, How: s.How, ReasonCode: s.ReasonCode, Reason: s.Reason,
		Validity: access.Validity{From: r.file.Now, Until: r.at(s.Until)},
	}
}

// request reads "Observation?category=laboratory" or "Condition/1".
func (r *caseReader) request(s string) fhir.Request {
	path, query, _ := strings.Cut(s, "?")
	typ, id, read := strings.Cut(path, "/")
	if typ == "" {
		r.fault("asks: say what is asked for, such as Observation?category=laboratory")
	}
	if read {
		return fhir.Request{Interaction: fhir.Read, Type: typ, ID: id}
	}
	req := fhir.Request{Interaction: fhir.Search, Type: typ}
	values, err := url.ParseQuery(query)
	if err != nil {
		r.fault("asks: %q is not understood", s)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			req.Params = append(req.Params, fhir.Param{Name: name, Value: v})
		}
	}
	slices.SortFunc(req.Params, func(a, b fhir.Param) int { return strings.Compare(a.Name+"="+a.Value, b.Name+"="+b.Value) })
	return req
}
