package invariants

import (
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// typeField stands for the type and the categories of a request among the fields
// that are compared: all that can be asked is gone through already.
const typeField = 1 << 20

// input is the input of the rules for a choice of values; a field that is not
// chosen (-1) is an open part. It has the shape that decision gives to a question
// and its facts, and a test holds that.
func (s *space) input(choice []int) rego.Value {
	root := []string{"facts", "patient", "request", "source"}
	items := []rego.Value{
		s.facts(choice),
		rego.InputObject([]string{"known"}, []rego.Value{s.leaf(choice, "patient.known")}),
		s.request(choice),
		s.object(choice, "source.", "id", "kind", "organisation"),
	}
	switch choice[s.index["action"]] {
	case -1:
		root, items = append(root, "statement"), append(items, s.open[s.index["action"]])
	case 0:
	default:
		root, items = append(root, "statement"), append(items, s.cachedEntry(choice, "statement", said))
	}
	root = append(root, "subject", "time")
	items = append(items, s.object(choice, "subject.", "asked_last_hour", "assurance", "organisation", "organisation_kind", "role", "user_id"), rego.FieldTime(rego.Time, s.now.Unix()))
	return rego.InputObject(root, items)
}

// leaf is the value of a field, or an open part.
func (s *space) leaf(choice []int, name string) rego.Value {
	at := s.index[name]
	if choice[at] < 0 {
		if len(s.fields[at].values) == 1 {
			return s.fields[at].values[0].seen
		}
		return s.open[at]
	}
	return s.fields[at].values[choice[at]].seen
}

func (s *space) object(choice []int, prefix string, names ...string) rego.Value {
	items := make([]rego.Value, len(names))
	for i, n := range names {
		items[i] = s.leaf(choice, prefix+n)
	}
	return rego.InputObject(names, items)
}

func (s *space) request(choice []int) rego.Value {
	names := []string{"action", "categories", "interaction", "purpose", "type"}
	items := []rego.Value{s.leaf(choice, "action"), {}, {}, s.leaf(choice, "request.purpose"), {}}
	asked := func(categories, interaction, typ rego.Value) {
		items[1], items[2], items[4] = categories, interaction, typ
	}
	action, at := choice[s.index["action"]], s.index["request"]
	switch {
	case action < 0:
		open := s.open[s.index["action"]]
		asked(open, open, open)
	case action > 0:
		asked(s.create, rego.ValueOf(string(fhir.Create)), rego.FieldText(typeField, "Consent"))
	case choice[at] < 0:
		asked(s.open[at], s.open[at], s.open[at])
	default:
		a := &s.asks[choice[at]]
		asked(a.seen, rego.ValueOf(string(a.request.Interaction)), rego.FieldText(typeField+1, a.request.Type))
	}
	return rego.InputObject(names, items)
}

// facts are the facts as far as they are chosen.
func (s *space) facts(choice []int) rego.Value {
	names := []string{"age", "emergencies", "identity", "national_opt_out", "opt_out", "permissions", "registration", "relationships", "restriction", "subject_is_patient", "test_orders"}
	items := make([]rego.Value, len(names))
	for i, n := range names {
		items[i] = s.fact(choice, n)
	}
	return rego.InputObject(names, items)
}

func (s *space) fact(choice []int, name string) rego.Value {
	at := s.index[name]
	if choice[at] < 0 {
		return s.open[at]
	}
	state := s.fields[at].values[choice[at]].is.(string)
	word, what, _ := strings.Cut(state, ": ")
	if word != "known" {
		return s.states[word]
	}
	known := func(v rego.Value) rego.Value {
		return rego.InputObject([]string{"state", "value"}, []rego.Value{s.states["word known"], v})
	}
	switch name {
	case "age":
		return known(s.leaf(choice, "age.years"))
	case "subject_is_patient", "national_opt_out":
		return known(rego.ValueOf(what == "yes"))
	case "identity":
		older := map[string]int64{"": 0, "older": 1}[what]
		return known(rego.InputObject([]string{"superseded"}, []rego.Value{rego.ValueOf(older)}))
	}
	f := factOf(name)
	if !f.list {
		return known(s.cachedEntry(choice, name, f))
	}
	var entries []rego.Value
	for n := range entriesIn(state) {
		entries = append(entries, s.cachedEntry(choice, entryName(f, n), f))
	}
	return known(rego.InputList(entries))
}

func factOf(name string) fact {
	for _, f := range facts {
		if f.name == name {
			return f
		}
	}
	return fact{}
}

// entriesIn is how many entries a list has.
func entriesIn(state string) int {
	return map[string]int{"known": 1, "known: one": 1, "known: two": 2}[state]
}

// cachedEntry is an entry; that of which nothing is chosen is made once.
func (s *space) cachedEntry(choice []int, name string, f fact) rego.Value {
	first := s.index[name+"."+f.fields[0].name]
	if f.fields[0].kind == beginning {
		first = s.index[name+"."+f.fields[1].name]
	}
	chosen := false
	for i := first; i < len(s.fields) && strings.HasPrefix(s.fields[i].name, name+"."); i++ {
		chosen = chosen || choice[i] >= 0
	}
	if v, ok := s.cached[name]; ok && !chosen {
		return v
	}
	names, items := make([]string, len(f.fields)), make([]rego.Value, len(f.fields))
	for i, e := range f.fields {
		names[i] = e.name
		switch e.kind {
		case identity:
			items[i] = rego.ValueOf(idOf(name, f))
		case beginning:
			items[i] = rego.FieldTime(rego.Time, s.now.Unix())
		default:
			items[i] = s.leaf(choice, name+"."+e.name)
		}
	}
	v := rego.InputObject(names, items)
	if !chosen {
		s.cached[name] = v
	}
	return v
}

// idOf is the id of an entry: perm-1, perm-2.
func idOf(name string, f fact) string {
	if _, n, ok := strings.Cut(name, "."); ok {
		return f.id + "-" + n
	}
	return f.id + "-1"
}

// state is a state of the space: for each field the number of its value.
type state []int

// value is the value of a field in a state.
func (s *space) value(st state, name string) any {
	at := s.index[name]
	return s.fields[at].values[st[at]].is
}

func (s *space) word(st state, name string) string { return s.value(st, name).(string) }
func (s *space) yes(st state, name string) bool    { return s.value(st, name).(bool) }

func (s *space) time(st state, name string) time.Time {
	m := s.value(st, name).(moment)
	if m.open {
		return time.Time{}
	}
	return s.now.Add(time.Duration(m.seconds) * time.Second)
}

func (s *space) validity(st state, name string) access.Validity {
	return access.Validity{From: s.time(st, name+".from"), Until: s.time(st, name+".until")}
}

// thePatient is the number that every question is about: of the range for tests.
var thePatient, _ = nhs.ParseNumber("9990000018")

// question and facts are a state as the engine is asked.
func (s *space) question(st state) access.Question {
	q := access.Question{
		Time: s.now,
		Subject: access.Subject{
			UserID: s.word(st, "subject.user_id"), Role: role(s.word(st, "subject.role")),
			Organisation: code(s.word(st, "subject.organisation")), Assurance: s.word(st, "subject.assurance"),
		},
		OrganisationKind: s.word(st, "subject.organisation_kind"), AskedLastHour: s.number(st, "subject.asked_last_hour"),

		Source:  access.Source{ID: s.word(st, "source.id"), Kind: s.word(st, "source.kind"), Organisation: code(s.word(st, "source.organisation"))},
		Action:  access.Action(s.word(st, "action")),
		Purpose: s.word(st, "request.purpose"),
		Request: fhir.Request{Interaction: fhir.Create, Type: "Consent"},
	}
	if s.yes(st, "patient.known") {
		q.Patient = thePatient
	}
	if q.Action == access.View {
		q.Request = s.asks[st[s.index["request"]]].request
		return q
	}
	said := access.Statement{
		Patient: q.Patient, UserID: s.word(st, "statement.user_id"), Organisation: code(s.word(st, "statement.organisation")),
		Permission: s.word(st, "statement.permission"), Sources: s.value(st, "statement.sources").([]string),
		Sensitive: s.yes(st, "statement.sensitive"), How: s.word(st, "statement.how"), ReasonCode: s.word(st, "statement.reason_code"),
		Validity: access.Validity{From: s.now, Until: s.time(st, "statement.until")},
	}
	if s.yes(st, "statement.reason_given") {
		said.Reason = "in words"
	}
	if s.yes(st, "statement.purpose_given") {
		said.Purpose = "in words"
	}
	q.Statement = &said
	return q
}

func (s *space) known(st state) access.Facts {
	f := access.Facts{
		Identity: factOfState(s, st, "identity", func(string) access.Identity {
			return access.Identity{Current: thePatient, Others: make([]nhs.Number, map[bool]int{true: 1}[s.word(st, "identity") == "known: older"])}
		}),
		OptOut: factOfState(s, st, "opt_out", func(n string) access.OptOut {
			return access.OptOut{ID: "oo-1", Validity: s.validity(st, n), Telephone: s.word(st, n+".telephone"), Contact: s.word(st, n+".contact")}
		}),
		Restriction: factOfState(s, st, "restriction", func(n string) access.Restriction {
			return access.Restriction{ID: "res-1", Code: s.word(st, n+".code"), Validity: s.validity(st, n)}
		}),
		Registration: factOfState(s, st, "registration", func(n string) access.Registration {
			return access.Registration{ID: "reg-1", Practice: code(s.word(st, n+".organisation")), Name: s.word(st, n+".name"), Telephone: s.word(st, n+".telephone"), Validity: s.validity(st, n)}
		}),
		Relationships: factsOfState(s, st, "relationships", func(n, id string) access.Relationship {
			return access.Relationship{ID: id, Kind: s.word(st, n+".kind"), Organisation: code(s.word(st, n+".organisation")), Ended: s.yes(st, n+".ended"), Validity: s.validity(st, n)}
		}),
		Permissions: factsOfState(s, st, "permissions", func(n, id string) access.Permission {
			return access.Permission{
				ID: id, UserID: s.word(st, n+".user_id"), Organisation: code(s.word(st, n+".organisation")), Given: s.yes(st, n+".given"), Withdrawn: s.yes(st, n+".withdrawn"),
				Sources: s.value(st, n+".sources").([]string), Sensitive: s.yes(st, n+".sensitive"), How: s.word(st, n+".how"),
				Recorded: s.time(st, n+".recorded_ms"), Validity: s.validity(st, n),
			}
		}),
		TestOrders: factsOfState(s, st, "test_orders", func(n, id string) access.TestOrder {
			return access.TestOrder{
				ID: id, Organisation: code(s.word(st, n+".organisation")), UserID: s.word(st, n+".user_id"), Category: s.word(st, n+".category"),
				Status: s.word(st, n+".status"), ClosedAt: s.time(st, n+".closed_at"), Validity: s.validity(st, n),
			}
		}),
		Emergencies: factsOfState(s, st, "emergencies", func(n, id string) access.Emergency {
			return access.Emergency{ID: id, UserID: s.word(st, n+".user_id"), ReasonCode: s.word(st, n+".reason_code"), Validity: s.validity(st, n)}
		}),
	}
	yes := func(name string) func(string) bool {
		return func(string) bool { return s.word(st, name) == "known: yes" }
	}
	f.Age = factOfState(s, st, "age", func(string) int { return s.number(st, "age.years") })
	f.SubjectIsPatient = factOfState(s, st, "subject_is_patient", yes("subject_is_patient"))
	f.NationalOptOut = factOfState(s, st, "national_opt_out", yes("national_opt_out"))
	return f
}

func factOfState[T any](s *space, st state, name string, read func(name string) T) access.Fact[T] {
	switch word := s.word(st, name); word {
	case "absent":
		return access.AbsentFact[T]()
	case "unavailable":
		return access.Fact[T]{}
	}
	return access.KnownFact(read(name))
}

func factsOfState[T any](s *space, st state, name string, read func(name, id string) T) access.Fact[[]T] {
	return factOfState(s, st, name, func(string) []T {
		var out []T
		for n := range entriesIn(s.word(st, name)) {
			out = append(out, read(name+"."+strconv.Itoa(n+1), factOf(name).id+"-"+strconv.Itoa(n+1)))
		}
		return out
	})
}
