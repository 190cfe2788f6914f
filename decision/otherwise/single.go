package otherwise

import "regexp"

// The facts of which there is one at most.

// lookups are the facts, with what it is that is looked up.
var lookups = []struct{ name, what string }{
	{"opt_out", "whether the patient opted out"},
	{"restriction", "whether the patient’s whereabouts are protected"},
	{"registration", "which practice the patient is registered with"},
	{"permissions", "what the patient answered when asked"},
	{"relationships", "who is treating the patient"},
	{"test_orders", "which tests were ordered"},
	{"emergencies", "which emergencies were declared"},
	{"subject_is_patient", "whether the professional is the patient"},
	{"national_opt_out", "whether there is a national data opt-out"},
	{"age", "how old the patient is"},
	{"identity", "which NHS numbers the patient has"},
}

func (s *scene) stateOf(name string) string {
	switch state := s.doc.fact(name).text("state"); state {
	case "known", "absent":
		return state
	}
	return "unavailable"
}

// away notes that a fact could not have been looked up.
func (s *scene) away(name string) {
	for i, l := range lookups {
		if l.name == name && s.stateOf(name) != "unavailable" {
			s.add(edit{
				place: name, kind: name, toward: closes, rank: lastRank + i, words: "it not been possible to look up " + l.what,
				do: func(d document) { d.setFact(name, state("unavailable")) },
			})
		}
	}
}

// answers is the kind of the edit by which the registry answers.
const answers = "registry"

// registry notes that all that could not be looked up had been, and was not there: one thing
// that happens, a registry that is away and is not.
func (s *scene) registry() {
	var gone []string
	for _, l := range lookups {
		if s.doc.fact(l.name) != nil && s.stateOf(l.name) == "unavailable" {
			gone = append(gone, l.name)
		}
	}
	if len(gone) < 2 {
		return
	}
	s.add(edit{
		place: answers, kind: answers, rank: 1, words: "the registry answered, and known nothing of what could not be looked up",
		do: func(d document) {
			for _, name := range gone {
				f := state("absent")
				if name == "identity" {
					f = known(map[string]any{"superseded": 0})
				}
				d.setFact(name, f)
			}
		},
	})
}

func (s *scene) optOut() {
	const name = "opt_out"
	was := s.stateOf(name)
	value := entry(nil)
	if v, ok := s.doc.fact(name)["value"].(map[string]any); ok {
		value = v
	}
	set := func(d document) {
		d.setFact(name, known(map[string]any{"contact": "", "from": s.now, "id": "opt-out", "telephone": "", "until": never}))
	}
	none := func(d document) { d.setFact(name, state("absent")) }
	switch {
	case was == "unavailable":
		s.add(edit{place: name, kind: name, toward: opens, rank: 5, words: "it been known that the patient had not opted out of sharing", do: none})
		s.add(edit{place: name, kind: name, toward: closes, rank: 5, words: "it been known that the patient had opted out of sharing", do: set})
	case was == "absent" || value.has("until") && value.over(s.now) || value.has("from") && value.ahead(s.now):
		s.add(edit{place: name, kind: name, toward: closes, rank: 15, words: "the patient opted out of sharing", do: set})
	default:
		s.add(edit{place: name, kind: name, toward: opens, rank: 5, words: "the patient not opted out of sharing", do: none})
	}
	s.away(name)
}

func (s *scene) restriction() {
	const name = "restriction"
	set := func(d document) {
		d.setFact(name, known(map[string]any{"code": "R", "from": s.now, "id": "restriction", "until": never}))
	}
	none := func(d document) { d.setFact(name, state("absent")) }
	switch s.stateOf(name) {
	case "unavailable":
		s.add(edit{place: name, kind: name, toward: opens, rank: 7, words: "it been known that the patient’s whereabouts are not protected", do: none})
		s.add(edit{place: name, kind: name, rank: 70, words: "it been known that the patient’s whereabouts are protected", do: set})
	case "absent":
		s.add(edit{place: name, kind: name, toward: closes, rank: 40, words: "the patient’s whereabouts been protected", do: set})
	default:
		s.add(edit{place: name, kind: name, toward: opens, rank: 40, words: "the patient’s whereabouts not been protected", do: none})
	}
	s.away(name)
}

func (s *scene) registration() {
	const name = "registration"
	was := s.stateOf(name)
	value := entry(nil)
	if v, ok := s.doc.fact(name)["value"].(map[string]any); ok && was == "known" {
		value = v
	}
	set := func(d document) {
		d.setFact(name, known(map[string]any{"from": s.now - 365*day, "id": "registration", "name": "", "organisation": s.own, "telephone": "", "until": never}))
	}
	none := func(d document) { d.setFact(name, state("absent")) }
	own := value != nil && value.text("organisation") == s.own
	switch {
	case was == "unavailable":
		s.add(edit{place: name, kind: name, rank: 17, words: "it been known that the patient is registered with no practice", do: none})
		if practice.MatchString(s.own) {
			s.add(edit{place: name, kind: name, toward: opens, rank: 41, words: "it been known that the patient is registered with " + s.own, do: set})
		}
	case own && value.running(s.now):
		s.add(edit{place: name, kind: name, toward: closes, rank: 13, words: "the patient not been registered with " + s.organisation(), do: none})
	case own && value.over(s.now):
		s.add(edit{place: name, kind: name, toward: opens, rank: 16, words: "the patient’s registration with " + s.organisation() + " not come to its end at " + moment(value.number("until")), do: set})
	case own:
		s.add(edit{place: name, kind: name, toward: opens, rank: 16, words: "the patient’s registration with " + s.organisation() + " already begun", do: set})
	case practice.MatchString(s.own):
		s.add(edit{place: name, kind: name, toward: opens, rank: 40, words: "the patient been registered with " + s.own, do: set})
	}
	s.away(name)
}

// practice is the form of a general practice's ODS code. That a patient had been registered with
// a hospital or a council would be true of many refusals, and help nobody.
var practice = regexp.MustCompile(`^[A-Z]([0-9]{5}|[0-9][A-Z][0-9][A-Z])$`)

// truths are the facts that are so or not.
func (s *scene) truths() {
	for _, t := range []struct {
		name, is, not, isKnown, notKnown string
		rank                             int
	}{
		{
			"subject_is_patient", "the professional been on record as being the patient", "the professional not been on record as being the patient",
			"it been known that the professional is the patient", "it been known that the professional is not the patient", 6,
		},
		{
			"national_opt_out", "the patient made a national data opt-out", "the patient not made a national data opt-out",
			"it been known that there is a national data opt-out", "it been known that there is no national data opt-out", 90,
		},
	} {
		set := func(d document) { d.setFact(t.name, known(true)) }
		none := func(d document) { d.setFact(t.name, state("absent")) }
		switch was := s.stateOf(t.name); {
		case was == "unavailable":
			s.add(edit{place: t.name, kind: t.name, toward: opens, rank: t.rank, words: t.notKnown, do: none})
			s.add(edit{place: t.name, kind: t.name, toward: closes, rank: t.rank, words: t.isKnown, do: set})
		case was == "known" && s.doc.fact(t.name)["value"] != false:
			s.add(edit{place: t.name, kind: t.name, toward: opens, rank: t.rank, words: t.not, do: none})
		default:
			s.add(edit{place: t.name, kind: t.name, toward: closes, rank: t.rank + 24, words: t.is, do: set})
		}
		s.away(t.name)
	}
}

func (s *scene) identity() {
	const name = "identity"
	if s.stateOf(name) != "known" {
		s.add(edit{
			place: name, kind: name, toward: opens, rank: 45, words: "it been known which NHS numbers the patient has",
			do: func(d document) { d.setFact(name, known(map[string]any{"superseded": 0})) },
		})
	}
	s.away(name)
}
