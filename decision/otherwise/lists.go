package otherwise

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// mostEntries is how many entries of a list are changed one by one: the first. Whoever has
// more on record has them for a reason that no single one of them tells.
const mostEntries = 12

// listEdits are the edits of a fact that is a list, but for those of its entries.
type listEdits struct {
	name      string
	none      string // "there been no answer of the patient on record"
	knownNone string // "it been known that there is no answer of the patient"
}

// list adds the edits of the whole list, and calls one for each entry.
func (s *scene) list(l listEdits, one func(i int, e entry)) {
	switch s.stateOf(l.name) {
	case "unavailable":
		s.add(edit{place: l.name, kind: l.name, rank: 17, words: l.knownNone, do: func(d document) { d.setFact(l.name, state("absent")) }})
	case "known":
		list := s.doc.list(l.name)
		if len(list) > 1 {
			s.add(edit{place: l.name, kind: l.name, toward: closes, rank: 12, words: l.none, do: func(d document) { d.setFact(l.name, state("absent")) }})
		}
		for i, item := range list {
			if i == mostEntries {
				s.cut = true
				break
			}
			if e, ok := item.(map[string]any); ok {
				one(i, e)
			}
		}
	}
	s.away(l.name)
}

// more adds an entry to a list, or to one that could not be looked up.
func (s *scene) more(name string, toward toward, rank int, words string, item map[string]any) {
	place, lead := name+" +", ""
	if s.stateOf(name) == "unavailable" {
		place, lead = name, "the registry answered, and "
	}
	s.add(edit{place: place, kind: name, toward: toward, rank: rank, lead: lead, words: words, do: func(d document) { d.addItem(name, copyOf(item).(map[string]any)) }})
}

// changed sets fields of an entry.
func (s *scene) changed(name string, i int, toward toward, rank int, words string, fields map[string]any) {
	s.add(edit{place: fmt.Sprint(name, " ", i), kind: name, toward: toward, rank: rank, words: words, do: func(d document) {
		e := d.item(name, i)
		for k, v := range fields {
			e[k] = copyOf(v)
		}
	}})
}

func (s *scene) removed(name string, i int, toward toward, rank int, words string) {
	s.add(edit{place: fmt.Sprint(name, " ", i), kind: name, toward: toward, rank: rank, words: words, do: func(d document) { d.setItem(name, i, taken{}) }})
}

// period adds that an entry runs, or does not.
func (s *scene) period(name string, i int, e entry, rank int, what string) {
	if e.over(s.now) {
		s.changed(name, i, opens, rank, what+" not run out at "+moment(e.number("until")), map[string]any{"until": s.now + hour})
		s.at(e.number("until")-1, opens, "before "+moment(e.number("until"))+", when "+what+" ran out")
		return
	}
	if e.ahead(s.now) {
		s.changed(name, i, opens, rank, what+" begun earlier than at "+moment(e.number("from")), map[string]any{"from": s.now - minute})
		s.at(e.number("from"), opens, "from "+moment(e.number("from"))+" on, when "+what+" begins")
		return
	}
	s.changed(name, i, closes, rank+1, what+" run out before", map[string]any{"until": s.now})
	if e.number("until") < never {
		s.at(e.number("until"), closes, "from "+moment(e.number("until"))+" on, when "+what+" runs out")
	}
}

// at adds that it was asked at another time.
func (s *scene) at(seconds int64, toward toward, words string) {
	s.add(edit{place: "time", kind: "time", question: true, alone: true, toward: toward, rank: 60, words: "it been asked " + words, do: func(d document) { d["time"] = seconds }})
}

func (s *scene) permissions() {
	const name = "permissions"
	last := s.now*1000 - 1000
	refused := false
	s.list(listEdits{name, "the patient given no answer at all", "it been known that the patient had given no answer"}, func(i int, e entry) {
		id := e.text("id")
		last = max(last, e.number("recorded_ms"))
		mine := e.text("user_id") == s.self && e.text("organisation") == s.own
		if !e.yes("given") {
			if mine && !e.yes("withdrawn") {
				refused = true
				s.removed(name, i, opens, 14, "the patient not said no to this professional"+bracketed(id))
				s.changed(name, i, opens, 15, "the patient taken the no to this professional back"+bracketed(id), map[string]any{"withdrawn": true})
			}
			return
		}
		what := named("permission", id)
		if !mine {
			s.changed(name, i, opens, 20, what+" been given to this professional at "+s.organisation(), map[string]any{"user_id": s.self, "organisation": s.own})
			return
		}
		if e.yes("withdrawn") {
			s.changed(name, i, opens, 8, "the patient not taken "+what+" back", map[string]any{"withdrawn": false})
		} else {
			s.removed(name, i, closes, 8, "the patient not given this professional permission to view"+bracketed(id))
			s.changed(name, i, closes, 9, "the patient taken "+what+" back", map[string]any{"withdrawn": true})
		}
		s.period(name, i, e, 8, what)
		limited := e.texts("sources")
		if len(limited) > 0 {
			s.changed(name, i, opens, 9, what+" been for this source too", map[string]any{"sources": []any{}})
		}
		s.changed(name, i, closes, 11, what+" been for other sources only", map[string]any{"sources": []any{"another-source"}})
		s.changed(name, i, closes, 11, what+" been given to another professional", map[string]any{"user_id": "another-professional"})
		if e.yes("sensitive") {
			s.changed(name, i, closes, 30, what+" not included sensitive items", map[string]any{"sensitive": false})
		} else {
			s.changed(name, i, opens, 30, what+" included sensitive items", map[string]any{"sensitive": true})
		}
	})
	id := "answer"
	if named := s.said().text("permission"); s.action == string(access.Withdraw) && named != "" {
		id = named
	}
	answer := func(given bool) map[string]any {
		return map[string]any{
			"from": s.now - minute, "given": given, "how": s.wayToAsk(), "id": id, "organisation": s.own, "recorded_ms": last + 1,
			"sensitive": false, "sources": []any{}, "until": s.now + day, "user_id": s.self, "withdrawn": false,
		}
	}
	words := "the patient given permission to this professional at " + s.organisation()
	if id != "answer" {
		words += " (" + id + ")"
	}
	if refused {
		words = "the patient since given permission to this professional at " + s.organisation()
	}
	s.more(name, opens, 10, words, answer(true))
	s.more(name, closes, 20, "the patient since said no to this professional at "+s.organisation(), answer(false))
}

func (s *scene) relationships() {
	const name = "relationships"
	s.list(listEdits{name, "there been no care relationship at all", "it been known that there is no care relationship"}, func(i int, e entry) {
		what := named("the care relationship", e.text("id")) + bracketed(e.text("kind"))
		if e.text("organisation") != s.own {
			s.changed(name, i, opens, 24, what+" been one of "+s.organisation(), map[string]any{"organisation": s.own})
			return
		}
		if e.yes("ended") {
			s.changed(name, i, opens, 14, what+" not ended", map[string]any{"ended": false})
		} else {
			s.removed(name, i, closes, 9, "there not been "+what+" of "+s.own)
			s.changed(name, i, closes, 10, what+" ended", map[string]any{"ended": true})
		}
		s.period(name, i, e, 14, what)
	})
	s.more(name, opens, 16, s.organisation()+" had an active care relationship with the patient on record", map[string]any{
		"ended": false, "from": s.now - day, "id": "relationship", "kind": "referral", "organisation": s.own, "until": never,
	})
}

func (s *scene) testOrders() {
	const name = "test_orders"
	s.list(listEdits{name, "no test been ordered at all", "it been known that no test was ordered"}, func(i int, e entry) {
		what := named("the test order", e.text("id")) + bracketed(e.text("category"))
		if e.text("organisation") != s.own || e.text("user_id") != "" && e.text("user_id") != s.self {
			s.changed(name, i, opens, 26, what+" named "+s.organisation(), map[string]any{"organisation": s.own, "user_id": ""})
			return
		}
		s.removed(name, i, closes, 10, "there not been "+what)
		if e.text("status") == "active" {
			s.changed(name, i, closes, 11, what+" been revoked", map[string]any{"status": "revoked"})
		} else {
			s.changed(name, i, opens, 18, what+" still been open"+bracketed(status(e)), map[string]any{"status": "active", "closed_at": 0})
		}
		s.period(name, i, e, 18, what)
		for _, c := range s.listed("categories", "can_be_ordered") {
			if c != e.text("category") {
				s.changed(name, i, either, 28, what+" been for "+plain(c), map[string]any{"category": c})
			}
		}
	})
	for _, c := range s.listed("categories", "can_be_ordered") {
		rank := 31
		if slices.Contains(s.asked().texts("categories"), c) {
			rank = 30
		}
		s.more(name, opens, rank, fmt.Sprintf("a test been ordered from %s (%s), the order still open", s.organisation(), plain(c)), map[string]any{
			"category": c, "closed_at": 0, "from": s.now - day, "id": "order", "organisation": s.own, "status": "active", "until": never, "user_id": "",
		})
	}
}

func status(e entry) string {
	if s := e.text("status"); s != "" {
		return "it is " + plain(s)
	}
	return ""
}

func (s *scene) emergencies() {
	const name = "emergencies"
	reason := ""
	if codes := s.emergencyReasons(); len(codes) > 0 {
		reason = codes[0]
	}
	until := s.now + min(10*minute, max(minute, int64(s.rev.Settings().Emergency.Minutes)*minute))
	s.list(listEdits{name, "no emergency been declared at all", "it been known that no emergency was declared"}, func(i int, e entry) {
		what := named("the emergency", e.text("id"))
		if e.text("user_id") != s.self {
			s.changed(name, i, opens, 29, what+" been declared by this professional", map[string]any{"user_id": s.self})
			return
		}
		s.removed(name, i, closes, 8, "the professional not declared "+what)
		s.changed(name, i, closes, 9, what+" been over", map[string]any{"until": s.now})
		s.changed(name, i, opens, 25, what+" been declared just now, for a short time and a listed reason", map[string]any{"from": s.now, "until": until, "reason_code": reason})
		if e.over(s.now) {
			s.at(e.number("until")-1, opens, "before "+moment(e.number("until"))+", when "+what+" was over")
		} else {
			s.at(e.number("until"), closes, "from "+moment(e.number("until"))+" on, when "+what+" is over")
		}
	})
	s.more(name, opens, 35, "this professional declared an emergency for the patient, for a listed reason"+bracketed(plain(reason)), map[string]any{
		"from": s.now, "id": "emergency", "reason_code": reason, "until": until, "user_id": s.self,
	})
}

// plain is a code in words.
func plain(code string) string { return strings.ReplaceAll(code, "-", " ") }
