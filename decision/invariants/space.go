package invariants

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// mostEntries is how many entries of a list are gone through: none, one, and two that
// differ or not. It is the one bound that does not come from the rules, and it is printed.
const mostEntries = 2

// field is one thing that can be so or otherwise: the role of the professional,
// the state of a fact, the end of the first permission.
type field struct {
	name   string
	values []value
	// under is the field on whose value it depends whether there is such a thing at
	// all, and when says for which of its values there is; -1: there always is. Where
	// there is none the field has its first value.
	under int
	when  []bool
}

// value is one value of a field, as the rules see it and as Go does: a string, a
// bool, []string, or a moment.
type value struct {
	seen rego.Value
	is   any
	cost int // how much it makes a case larger
}

// moment is a time, in seconds from now; open is none, which a start and an end
// without one have.
type moment struct {
	seconds int64
	open    bool
}

// ask is what can be asked for: all requests that the rules cannot tell apart.
type ask struct {
	words   string // as a case says it
	request fhir.Request
	// categories are those that it could bring, as the rules see them too.
	categories []string
	seen       rego.Value
}

// space is everything that is gone through.
type space struct {
	fields  []field
	index   map[string]int
	asks    []ask
	now     time.Time
	entries int          // of a list, at most
	open    []rego.Value // the open part of each field
	cached  map[string]rego.Value
	create  rego.Value            // the categories of a Consent that is recorded
	states  map[string]rego.Value // of facts without a value
	bounds  []string              // what is not gone through, in words
}

// The names that stand for who and where. They are of the ranges for tests.
const (
	self, colleague                 = "555000000003", "555000000099"
	own, holder, third              = "RXA01", "RXB02", "RXC03"
	here, elsewhere                 = "the-source", "another-source"
	somethingElse                   = "something-else"
	theTelephone, theName           = "01632 960001", "The Practice"
	neutralRole, roleOfNobody       = "R8000", "R9999"
	forever                   int64 = 253402300799
)

// The states of a fact with entries, and of one that is true or not.
var (
	factStates = []string{"absent", "unavailable", "known"}
	listStates = []string{"absent", "unavailable", "known: none", "known: one", "known: two"}
	boolStates = []string{"absent", "unavailable", "known: no", "known: yes"}
)

// kind is what the values of an entry's field are.
type kind int

const (
	text kind = iota
	truth
	start   // a time; none is long ago
	end     // a time; none is never
	closing // a time; none is not yet
	user
	organisation
	sources
	identity  // the entry's own id: always the same
	recorded  // in milliseconds
	beginning // now, always
)

// entryField is a field of an entry, in the order of the input's names.
type entryField struct {
	name   string
	kind   kind
	values []string // of a text: the first is the plain one
}

type fact struct {
	name   string
	list   bool
	id     string
	fields []entryField
}

// facts are the facts that have entries, as decision writes them (facts.go).
var facts = []fact{
	{"opt_out", false, "oo", []entryField{{"contact", text, []string{"", theName}}, {"from", start, nil}, {"id", identity, nil}, {"telephone", text, []string{theTelephone, ""}}, {"until", end, nil}}},
	{"restriction", false, "res", []entryField{{"code", text, []string{"R"}}, {"from", start, nil}, {"id", identity, nil}, {"until", end, nil}}},
	{"registration", false, "reg", []entryField{{"from", start, nil}, {"id", identity, nil}, {"name", text, []string{theName}}, {"organisation", organisation, nil}, {"telephone", text, []string{"01632 960002", ""}}, {"until", end, nil}}},
	{"relationships", true, "rel", []entryField{{"ended", truth, nil}, {"from", start, nil}, {"id", identity, nil}, {"kind", text, []string{"referral"}}, {"organisation", organisation, nil}, {"until", end, nil}}},
	{"permissions", true, "perm", []entryField{
		{"from", start, nil}, {"given", truth, []string{"true"}}, {"how", text, []string{"in-person"}}, {"id", identity, nil}, {"organisation", organisation, nil}, {"recorded_ms", recorded, nil},
		{"sensitive", truth, nil}, {"sources", sources, nil}, {"until", end, nil}, {"user_id", user, nil}, {"withdrawn", truth, nil},
	}},
	{"test_orders", true, "ord", []entryField{
		{"category", text, []string{"laboratory"}}, {"closed_at", closing, nil}, {"from", start, nil}, {"id", identity, nil}, {"organisation", organisation, nil},
		{"status", text, []string{"active"}}, {"until", end, nil}, {"user_id", user, []string{""}},
	}},
	{"emergencies", true, "em", []entryField{{"from", start, nil}, {"id", identity, nil}, {"reason_code", text, nil}, {"until", end, nil}, {"user_id", user, nil}}},
}

// said are the fields of what is to be recorded.
var said = fact{"statement", false, "", []entryField{
	{"from", beginning, nil}, {"how", text, []string{"in-person", ""}}, {"organisation", organisation, nil}, {"permission", text, []string{"", "perm-1", "perm-2", "perm-9"}},
	{"purpose_given", truth, nil}, {"reason_code", text, []string{""}}, {"reason_given", truth, nil}, {"sensitive", truth, nil}, {"sources", sources, nil},
	{"until", end, nil}, {"user_id", user, nil},
}}

var actions = []access.Action{access.View, access.RecordPermission, access.RecordRefusal, access.Withdraw, access.DeclareEmergency}

// newSpace makes the space of what the rules of some revisions, and some
// conditions, compare.
func newSpace(now time.Time, entries int, asks []ask, c *compared) *space {
	s := &space{index: map[string]int{}, asks: asks, now: now, entries: entries, cached: map[string]rego.Value{}, states: map[string]rego.Value{}, bounds: c.bounds}
	for _, w := range []string{"absent", "unavailable"} {
		s.states[w] = rego.InputObject([]string{"state"}, []rego.Value{rego.ValueOf(w)})
	}
	s.states["word known"] = rego.ValueOf("known")
	s.create = rego.FieldText(typeField, c.create)
	s.plain("action", texts(actions)...)
	s.text("source.organisation", -1, nil, with(c.of("source.organisation"), holder, own)...)
	s.text("subject.organisation", -1, nil, with(c.of("subject.organisation"), own)...)
	s.text("subject.user_id", -1, nil, with(c.of("subject.user_id"), self)...)
	s.text("source.id", -1, nil, with(c.of("source.id"), here)...)
	s.text("source.kind", -1, nil, otherwise(with(c.of("source.kind"), "acute"))...)
	s.text("subject.organisation_kind", -1, nil, otherwise(with(c.of("subject.organisation_kind"), ""))...)
	s.counted("subject.asked_last_hour", -1, nil, c)
	s.text("subject.assurance", -1, nil, otherwise(with(c.of("subject.assurance"), "AAL3"))...)
	roles := with(c.of("subject.role"), neutralRole)
	if len(roles) > 1 {
		roles = append(roles, roleOfNobody, "")
	}
	s.text("subject.role", -1, nil, roles...)
	s.text("request.purpose", -1, nil, otherwise(with(c.of("request.purpose"), access.DirectCare))...)
	s.truth("patient.known", -1, nil, true)
	viewing := make([]bool, len(actions))
	viewing[0] = true
	var words []value
	for i, a := range asks {
		words = append(words, value{is: a.words, cost: min(i, 1)})
	}
	s.add("request", s.index["action"], viewing, words)
	recording := make([]bool, len(actions))
	for i := range recording {
		recording[i] = i > 0
	}
	s.entry("statement", said, s.index["action"], recording, c)
	s.plain("subject_is_patient", boolStates...)
	s.plain("national_opt_out", boolStates...)
	s.plain("age", factStates...)
	s.counted("age.years", s.index["age"], []bool{false, false, true}, c)
	s.plain("identity", "known", "known: older", "unavailable")
	for _, f := range facts {
		states, least := factStates, 2
		if f.list {
			states, least = listStates[:3+entries], 3
		}
		s.plain(f.name, states...)
		at := s.index[f.name]
		for i := range s.fields[at].values {
			s.fields[at].values[i].cost *= 4
		}
		for n := range entries {
			if n > 0 && !f.list {
				break
			}
			when := make([]bool, len(states))
			for i := least + n; i < len(states); i++ {
				when[i] = true
			}
			s.entry(entryName(f, n), f, at, when, c)
		}
	}
	for i := range s.fields {
		s.open = append(s.open, rego.OpenPart(i))
	}
	return s
}

func entryName(f fact, n int) string {
	if !f.list {
		return f.name
	}
	return fmt.Sprintf("%s.%d", f.name, n+1)
}

func (s *space) entry(name string, f fact, under int, when []bool, c *compared) {
	for _, e := range f.fields {
		at, group := name+"."+e.name, c.of(f.name+"."+e.name)
		switch e.kind {
		case text:
			list := with(group, e.values...)
			if len(e.values) == 0 && len(list) == 0 {
				list = []string{somethingElse}
			}
			if len(group) > 0 {
				list = otherwise(list)
			}
			s.text(at, under, when, list...)
		case truth:
			s.truth(at, under, when, len(e.values) > 0)
		case user:
			s.text(at, under, when, with(group, append(slices.Clone(e.values), self, colleague)...)...)
		case organisation:
			s.text(at, under, when, with(group, own, holder, third)...)
		case sources:
			lists := [][]string{{}, {here}, {elsewhere}, {elsewhere, here}}
			for _, other := range group {
				lists = append(lists, []string{other})
			}
			var list []value
			for i, l := range lists {
				list = append(list, value{seen: rego.FieldText(len(s.fields), l), is: l, cost: min(i, 1)})
			}
			s.add(at, under, when, list)
		case start, end, closing:
			s.moments(at, under, when, e.kind, c)
		case recorded:
			list := []int64{-3600}
			if strings.HasSuffix(name, ".2") {
				list = []int64{-1800, -3600, -7200}
			}
			var out []value
			for i, seconds := range list {
				out = append(out, value{seen: rego.FieldTime(len(s.fields), (s.now.Unix()+seconds)*1000), is: moment{seconds: seconds}, cost: min(i, 1)})
			}
			s.add(at, under, when, out)
		}
	}
}

// moments are the times of a field: around now, and around what the rules compare,
// but one of those that nothing tells apart.
func (s *space) moments(name string, under int, when []bool, k kind, c *compared) {
	g := group(name)
	others := func(group string) []int64 {
		if group == timeGroup {
			return []int64{s.now.Unix()}
		}
		kind := kindOf(group)
		var out []int64
		for _, m := range momentsOf(kind, c.times[group]) {
			out = append(out, s.unix(m, kind))
		}
		return out
	}
	var list []moment
	for _, m := range momentsOf(k, c.times[g]) {
		if !slices.ContainsFunc(list, func(other moment) bool { return c.alike(g, s.unix(m, k), s.unix(other, k), others) }) {
			list = append(list, m)
		}
	}
	var out []value
	for i, m := range list {
		out = append(out, value{seen: rego.FieldTime(len(s.fields), s.unix(m, k)), is: m, cost: min(i, 1)})
	}
	s.add(name, under, when, out)
}

// momentsOf are all moments of a kind that are looked at; the first is the plain one.
func momentsOf(k kind, others []int64) []moment {
	first := map[kind]moment{start: {seconds: -3600}, end: {seconds: 3600}, closing: {open: true}}[k]
	list := []moment{first}
	for _, seconds := range append([]int64{-3600, 0, 3600}, others...) {
		if m := (moment{seconds: seconds}); !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	if !first.open {
		list = append(list, moment{open: true})
	}
	return list
}

// kindOf is the kind of a group of times.
func kindOf(group string) kind {
	switch {
	case strings.HasSuffix(group, ".from"):
		return start
	case strings.HasSuffix(group, ".until"):
		return end
	}
	return closing
}

// unix is a moment as the rules see it.
func (s *space) unix(m moment, k kind) int64 {
	switch {
	case !m.open:
		return s.now.Unix() + m.seconds
	case k == end:
		return forever
	}
	return 0
}

func (s *space) text(name string, under int, when []bool, list ...string) {
	var out []value
	for i, t := range list {
		out = append(out, value{seen: rego.FieldText(len(s.fields), t), is: t, cost: min(i, 1)})
	}
	s.add(name, under, when, out)
}

// plain is a field of which all values are known: no other can be compared with it.
func (s *space) plain(name string, list ...string) {
	var out []value
	for i, t := range list {
		out = append(out, value{seen: rego.ValueOf(t), is: t, cost: min(i, 1)})
	}
	s.add(name, -1, nil, out)
}

func (s *space) truth(name string, under int, when []bool, first bool) {
	s.add(name, under, when, []value{{seen: rego.ValueOf(first), is: first}, {seen: rego.ValueOf(!first), is: !first, cost: 1}})
}

func (s *space) add(name string, under int, when []bool, values []value) {
	s.index[name] = len(s.fields)
	s.fields = append(s.fields, field{name: name, values: values, under: under, when: when})
}

// sizes are the numbers of values of the fields.
func (s *space) sizes() []int {
	out := make([]int, len(s.fields))
	for i := range s.fields {
		out[i] = len(s.fields[i].values)
	}
	return out
}

// texts are the names of some words.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}

// with are some texts first, then the others.
func with(others []string, first ...string) []string {
	out := slices.Clone(first)
	for _, o := range others {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// otherwise adds a text that is none of the others.
func otherwise(list []string) []string { return with([]string{somethingElse}, list...) }

// code and role are what the texts of this package stand for.
func code(s string) nhs.ODSCode {
	c, _ := nhs.ParseODSCode(s)
	return c
}

func role(s string) nhs.RoleCode {
	c, _ := nhs.ParseRoleCode(s)
	return c
}
