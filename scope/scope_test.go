package scope_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/scope"
)

func Example() {
	token := scope.ReadSmart("openid fhirUser launch user/Observation.rs user/Patient.read")
	fmt.Println(token.Opens("Observation", scope.Search), token.Opens("Patient", scope.Read))
	fmt.Println(token.Opens("MedicationRequest", scope.Read), scope.Needed("MedicationRequest", scope.Read))
	// Output:
	// true true
	// false user/MedicationRequest.r
}

// The scopes are those of SMART App Launch 2.2.0, "Scopes and Launch Context", with what its
// text and tables say of each, and each way of writing them wrongly.
func TestWhatAScopeOpens(t *testing.T) {
	const all = scope.Create | scope.Read | scope.Update | scope.Delete | scope.Search
	for text, want := range map[string]map[string]scope.Actions{
		"user/Observation.rs":                   {"Observation": scope.Read | scope.Search},
		"user/*.cruds":                          {"*": all},
		"system/*.rs":                           {"*": scope.Read | scope.Search},
		"system/Encounter.rs":                   {"Encounter": scope.Read | scope.Search},
		"user/Appointment.cruds":                {"Appointment": all},
		"user/Observation.r":                    {"Observation": scope.Read},
		"user/Observation.s":                    {"Observation": scope.Search},
		"user/Consent.c":                        {"Consent": scope.Create},
		"user/Observation.cud":                  {"Observation": scope.Create | scope.Update | scope.Delete},
		"user/Observation.r user/Observation.s": {"Observation": scope.Read | scope.Search},
		"user/Observation.r user/*.s":           {"Observation": scope.Read, "*": scope.Search},
		"user/Observation.read":                 {"Observation": scope.Read | scope.Search}, // SMART 1
		"user/Observation.write":                {"Observation": scope.Create | scope.Update | scope.Delete},
		"user/Observation.*":                    {"Observation": all},
		"user/*.read":                           {"*": scope.Read | scope.Search},
		"user/*.*":                              {"*": all},
		"openid fhirUser launch/patient user/Encounter.r":      {"Encounter": scope.Read},
		"patient/Observation.rs":                               {},
		"patient/*.cruds":                                      {},
		"patient/*.read":                                       {},
		"user/Observation.rs?category=laboratory":              {},
		"user/Observation.rs?category=a user/Observation.r":    {"Observation": scope.Read},
		"user/Observation.rs?":                                 {},
		"user/Observation.read?category=laboratory":            {},
		"user/Observation.sr":                                  {}, // out of order
		"user/Observation.rrs":                                 {},
		"user/Observation.rsx":                                 {},
		"user/Observation.RS":                                  {},
		"user/Observation.":                                    {},
		"user/Observation":                                     {},
		"user/.rs":                                             {},
		"user/observation.rs":                                  {},
		"user/Observation .rs":                                 {},
		"user/*bservation.rs":                                  {},
		"user/Observation.rs.rs":                               {},
		"user//Observation.rs":                                 {},
		"/Observation.rs":                                      {},
		"USER/Observation.rs":                                  {},
		"practitioner/Observation.rs":                          {},
		"https://records.example/user/Observation.rs":          {},
		"user/Observation.rs,user/Encounter.rs":                {},
		"user/Observation.rs\tuser/Encounter.rs":               {},
		"Observation.rs":                                       {},
		"":                                                     {},
		"openid profile offline_access fhirUser online_access": {},
	} {
		s := scope.ReadSmart(text)
		for _, kind := range []string{"Observation", "Patient", "Encounter", "Appointment", "Consent"} {
			for _, a := range []scope.Actions{scope.Create, scope.Read, scope.Update, scope.Delete, scope.Search} {
				if got := s.Opens(kind, a); got != ((want[kind]|want["*"])&a != 0) {
					t.Errorf("%q opens %s.%s: %t", text, kind, a, got)
				}
			}
		}
		if s.IsZero() != (len(want) == 0) || s.Opens("", scope.Read) {
			t.Errorf("%q: opens nothing: %t", text, s.IsZero())
		}
	}
	if both := scope.ReadSmart("user/Observation.r"); both.Opens("Observation", scope.Read|scope.Search) {
		t.Error("of two actions one is not open, and both are said to be")
	}
}

func TestWhatIsNeededOpensIt(t *testing.T) {
	for _, a := range []scope.Actions{scope.Create, scope.Read, scope.Search, scope.Read | scope.Search} {
		if needed := scope.Needed("Observation", a); !scope.ReadSmart(needed).Opens("Observation", a) || !scope.Valid(needed) {
			t.Errorf("%s does not open what it is needed for", needed)
		}
	}
}

func TestAScopeIsOneWord(t *testing.T) {
	for text, want := range map[string]bool{
		"mycarerecord": true, "https://records.example/view": true, "user/Observation.rs": true, "!": true,
		"": false, "a b": false, "a\tb": false, `a"b`: false, `a\b`: false, "é": false, "a\x7f": false,
	} {
		if scope.Valid(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
	if !scope.Has("openid mycarerecord", "mycarerecord") || scope.Has("openid\tmycarerecord", "mycarerecord") || scope.Has("xmycarerecord", "mycarerecord") {
		t.Error("a scope is found that is not there, or not found")
	}
}

// grammar is the same, as a regular expression: another reader.
var grammar = regexp.MustCompile(`^(user|system)/(\*|[A-Z][A-Za-z]*)\.(read|write|\*|c?r?u?d?s?)$`)

func FuzzSmart(f *testing.F) {
	for _, s := range []string{"user/Observation.rs", "user/*.cruds system/Patient.read", "patient/Observation.rs?category=x", "user/Observation.sr", "a/b.c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scope.ReadSmart(text)
		for _, a := range []scope.Actions{scope.Create, scope.Read, scope.Search} {
			want := slices.ContainsFunc(strings.Split(text, " "), func(one string) bool {
				parts := grammar.FindStringSubmatch(one)
				if parts == nil || parts[2] != "*" && parts[2] != "Observation" {
					return false
				}
				switch parts[3] {
				case "read":
					return a != scope.Create
				case "write":
					return a == scope.Create
				case "*":
					return true
				}
				return strings.Contains(parts[3], a.String())
			})
			if s.Opens("Observation", a) != want {
				t.Fatalf("%q opens Observation.%s: %t; by the grammar %t", text, a, !want, want)
			}
		}
	})
}
