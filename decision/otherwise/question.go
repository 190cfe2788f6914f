package otherwise

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/fhir"
)

// question adds what can have been asked otherwise, by somebody else in the same place.
func (s *scene) question() {
	s.purposes()
	s.roles()
	s.requests()
	s.patients()
	if s.own != "" && s.own == s.holder {
		const another = "another-organisation"
		s.add(edit{
			place: "subject.organisation", kind: "organisation", question: true, alone: true, toward: closes, rank: 58,
			words: "the professional worked for another organisation than " + s.holder + ", which holds the record",
			do:    func(d document) { d.object("subject")["organisation"] = another },
		})
	}
}

func (s *scene) purposes() {
	purpose := func(toward toward, words, to string) {
		s.add(edit{place: "request.purpose", kind: "purpose", question: true, toward: toward, rank: 50, words: words, do: func(d document) { d.object("request")["purpose"] = to }})
	}
	if s.asked().text("purpose") == access.DirectCare {
		purpose(closes, "the purpose been another than direct care", "research")
		return
	}
	purpose(opens, "the purpose been direct care", access.DirectCare)
}

func (s *scene) asked() entry {
	r, _ := s.doc["request"].(map[string]any)
	return r
}

// roles adds one role of each kind that the lists of data/roles.json tell apart.
func (s *scene) roles() {
	doc, _ := s.rev.Documents()["roles"].(map[string]any)
	on := map[string][]string{}
	for _, list := range slices.Sorted(maps.Keys(doc)) {
		roles, ok := doc[list].(map[string]any)
		if !ok {
			continue
		}
		for code := range roles {
			if list == "names" {
				on[code] = slices.Clip(on[code])
			} else {
				on[code] = append(on[code], list)
			}
		}
	}
	was := entry(nil)
	if v, ok := s.doc["subject"].(map[string]any); ok {
		was = v
	}
	names := s.rev.RoleNames()
	done := map[string]bool{key(on[was.text("role")]): true}
	codes := slices.Sorted(maps.Keys(on))
	slices.SortStableFunc(codes, func(a, b string) int { // those of today before those of the past
		return cmp.Compare(map[bool]int{true: 0, false: 1}[strings.HasPrefix(a, "R8")], map[bool]int{true: 0, false: 1}[strings.HasPrefix(b, "R8")])
	})
	for _, code := range codes {
		lists := on[code]
		if done[key(lists)] {
			continue
		}
		done[key(lists)] = true
		words := "the professional worked in another role, such as " + code + bracketed(cmp.Or(names[code], text(doc, lists, code)))
		if len(lists) > 0 {
			var of []string
			for _, l := range lists {
				of = append(of, "“"+strings.ReplaceAll(l, "_", " ")+"”")
			}
			words += ", which is on the list " + strings.Join(of, " and on ") + " of data/roles.json"
		} else {
			words += ", which is on no list of data/roles.json"
		}
		s.add(edit{
			place: "subject.role", kind: "role", question: true, rank: 52 + len(lists), words: words,
			do: func(d document) { d.object("subject")["role"] = code },
		})
	}
}

func key(lists []string) string { return strings.Join(lists, "+") }

// text is the name of a role that a list gives.
func text(doc map[string]any, lists []string, code string) string {
	for _, l := range lists {
		roles, _ := doc[l].(map[string]any)
		if name, ok := roles[code].(string); ok {
			return name
		}
	}
	return ""
}

// requests adds one of all requests that the rules can tell apart by what they could bring,
// the nearest to what was asked first.
func (s *scene) requests() {
	if s.action != string(access.View) {
		return
	}
	was := s.asked()
	for _, r := range invariants.Requests(s.rev) {
		categories := make([]any, len(r.Categories))
		for i, c := range r.Categories {
			categories[i] = c
		}
		rank, kind := 54, "an item of type "+r.Request.Type
		if r.Request.Type != was.text("type") {
			rank += 2
		}
		if string(r.Request.Interaction) != was.text("interaction") {
			rank += 3
		}
		words := kind + " been read by its id"
		if r.Request.Interaction == fhir.Search {
			words = "a search for " + r.Request.Type + " been made"
			for _, p := range r.Request.Params {
				words = "a search for " + r.Request.Type + " of the category “" + p.Value[strings.LastIndex(p.Value, "|")+1:] + "” been made"
				rank++
			}
		}
		if len(r.Categories) <= 3 {
			words += ", which could bring " + strings.Join(each(r.Categories, plain), ", ") + " only"
		}
		s.add(edit{place: "request.asked", kind: "request", question: true, rank: rank, words: words, do: func(d document) {
			o := d.object("request")
			o["type"], o["interaction"], o["categories"] = r.Request.Type, string(r.Request.Interaction), slices.Clone(categories)
		}})
	}
}

func each(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// patients adds that the source knew the patient, or did not.
func (s *scene) patients() {
	p, _ := s.doc["patient"].(map[string]any)
	is := entry(p).yes("known")
	e := edit{place: "patient", kind: "patient", question: true, rank: 65, words: "the source known the patient’s NHS number"}
	if is {
		e.words = "the source not known the patient’s NHS number"
	}
	e.do = func(d document) { d.object("patient")["known"] = !is }
	s.add(e)
}

// listed are the texts of a list of data.
func (s *scene) listed(file, name string) []string {
	doc, _ := s.rev.Documents()[file].(map[string]any)
	return entry(doc).texts(name)
}

func (s *scene) emergencyReasons() []string {
	return slices.Sorted(maps.Keys(s.rev.Settings().Emergency.Reasons))
}

func (s *scene) wayToAsk() string {
	if ways := s.rev.Settings().Permission.WaysToAsk; len(ways) > 0 {
		return ways[0]
	}
	return ""
}
