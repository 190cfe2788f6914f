package suite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry/intake"
)

// ofRegion are kinds that no program knows by their names.
const ofRegion = `{"kinds":{
	"virtual-ward":{"label":"Virtual ward","treating":true,"fhir":[{"type":"EpisodeOfCare","system":"s","codes":["vw","hh"]},{"type":"Encounter","system":"c","codes":["VW"]}]},
	"visit":{"label":"Home visit","treating":false,"fhir":[{"type":"EpisodeOfCare","system":"s","codes":["v"]}]},
	"episode":{"label":"Episode","treating":true,"fhir":[{"type":"EpisodeOfCare"}]},
	"advice":{"label":"Advice and guidance","treating":true,"fhir":[{"type":"ServiceRequest","system":"s","codes":["ag"]}]}}}`

func TestARegionsOwnKindsAreTaken(t *testing.T) {
	kinds, err := intake.ReadKinds(strings.NewReader(ofRegion))
	if err != nil {
		t.Fatal(err)
	}
	who := number(1)
	typed := func(codes string) string {
		return with(episode("e", who, "RXA01", "active", `{"start":"2026-11-01"}`), `"type":[`+codes+`]`)
	}
	coded := func(code string) string { return `{"coding":[{"system":"s","code":"` + code + `"}]}` }
	for name, c := range map[string]struct{ line, kind, fault string }{
		"a code":                     {typed(coded("vw")), "virtual-ward", ""},
		"two codes of one kind":      {typed(coded("vw") + "," + coded("hh")), "virtual-ward", ""},
		"a code that does not treat": {typed(coded("v")), "visit", ""},
		"no code that is known":      {typed(coded("x")), "episode", ""},
		"no code at all":             {episode("e", who, "RXA01", "active", `{"start":"2026-11-01"}`), "episode", ""},
		"codes of two kinds":         {typed(coded("vw") + "," + coded("v")), "", "more than one kind of care relationship (virtual-ward, visit)"},
		"a class": {`{"resourceType":"Encounter","id":"n","status":"in-progress","class":{"system":"c","code":"VW"},"subject":` + naming(who) +
			`,"serviceProvider":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RXA01"}},"period":{"start":"2026-11-01"}}`, "virtual-ward", ""},
		"a class of no kind": {`{"resourceType":"Encounter","id":"n","status":"in-progress","class":{"system":"c","code":"IMP"},"subject":` + naming(who) +
			`,"serviceProvider":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RXA01"}},"period":{"start":"2026-11-01"}}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := fresh(t)
			opt := asWith(nil)
			opt.Kinds = kinds
			var told []string
			opt.Told = func(f intake.Fault) { told = append(told, f.String()) }
			_, err := intake.Import(context.Background(), r, strings.NewReader(c.line), opt)
			if (err != nil) != (c.fault != "") || !strings.Contains(strings.Join(told, "\n"), c.fault) {
				t.Fatalf("%v: %q, want %q", err, told, c.fault)
			}
			got := gather(r, by(asks(who), "u1", "RXA01")).Relationships
			if c.kind == "" {
				if got.State != access.Absent {
					t.Errorf("%+v stands for nothing", got)
				}
				return
			}
			if len(got.Value) != 1 || got.Value[0].Kind != c.kind {
				t.Errorf("%+v, want %s", got, c.kind)
			}
		})
	}
}

// The same file under other kinds is read from its beginning, and says what these say.
func TestOtherKindsReadTheSameFileAnew(t *testing.T) {
	r := fresh(t)
	line := with(episode("e", number(1), "RXA01", "active", `{"start":"2026-11-01"}`), `"type":[{"coding":[{"system":"s","code":"vw"}]}]`)
	for _, want := range []string{"episode", "virtual-ward", "episode"} {
		opt := asWith(nil)
		if want != "episode" {
			kinds, err := intake.ReadKinds(strings.NewReader(ofRegion))
			if err != nil {
				t.Fatal(err)
			}
			opt.Kinds = kinds
		}
		if _, err := intake.Import(context.Background(), r, strings.NewReader(line), opt); err != nil {
			t.Fatal(err)
		}
		if got := gather(r, by(asks(number(1)), "u1", "RXA01")).Relationships.Value; len(got) != 1 || got[0].Kind != want {
			t.Errorf("%+v, want %s", got, want)
		}
	}
}

func TestKindsThatContradictThemselvesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:           "there are none",
		`[]`:           "the file is not one JSON object",
		`{"kinds":{}}`: "there are none",
		`{"kinds":{"a":{"treating":true},"a":{"treating":false}}}`:                                                          "twice",
		`{"kinds":{"A b":{"treating":true}}}`:                                                                               "lower-case letters",
		`{"kinds":{"a":{"label":"A"}}}`:                                                                                     "treating is missing",
		`{"kinds":{"a":{"treating":true,"fhri":[]}}}`:                                                                       "unknown field",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"Patient"}]}}}`:                                                     `type "Patient" is none of`,
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"Encounter","system":"s"}]}}}`:                                      "a system without codes",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"Encounter","codes":["c"]}]}}}`:                                     "codes without a system",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"ServiceRequest"}]}}}`:                                              "name system and codes",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"Encounter","system":"s","codes":[""]}]}}}`:                         "a code that is empty",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"CareTeam"}]},"b":{"treating":true,"fhir":[{"type":"CareTeam"}]}}}`: "is a already",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"Encounter","system":"s","codes":["c"]}]},"b":{"treating":true,"fhir":[{"type":"Encounter","system":"s","codes":["c"]}]}}}`: "is a already",
		`{"kinds":{"a":{"treating":true,"fhir":[{"type":"ServiceRequest","system":"http://snomed.info/sct","codes":["108252007"]}]}}}`:                                              "is the code of a test",
	} {
		if _, err := intake.ReadKinds(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Whatever stands in a file: it is refused, or each code in it is of one kind.
func FuzzReadKinds(f *testing.F) {
	f.Add(ofRegion)
	f.Add(`{"source":"x","kinds":{"a":{"label":"","treating":false,"fhir":[{"type":"Encounter","system":"s","codes":["c"]}]}}}`)
	f.Fuzz(func(_ *testing.T, text string) { _, _ = intake.ReadKinds(strings.NewReader(text)) })
}
