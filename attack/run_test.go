package attack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/attack"
)

// Without the controls "held" means nothing: each can fail, and stops the run.
func TestTheRunStopsWhenTheSuiteCannotSee(t *testing.T) {
	record := say(200, `{"id":"of-a-12345"}`)
	refusal := say(403, "{}")
	for name, answers := range map[string][]string{
		"permitted is refused":             {refusal, refusal, refusal},
		"permitted sees an empty record":   {say(200, "{}"), refusal, refusal},
		"the stranger sees the record":     {record, record, refusal},
		"nobody is answered":               {record, refusal, say(200, "{}")},
		"the product fails for everybody":  {say(500, ""), say(500, ""), say(500, "")},
		"the product says nothing at all ": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := serve(t, func(n int, _ string) string { return answers[min(n, 2)] })
			results, err := attack.Run(t.Context(), profile(p), attack.Options{Cases: some(t, "203-other-patient-item")})
			if !errors.Is(err, attack.ErrControls) || results != nil {
				t.Errorf("%d results, %v", len(results), err)
			}
		})
	}
}

func TestTheOwnerShowsThatTheMarkersAreThere(t *testing.T) {
	p := serve(t, func(n int, _ string) string {
		switch n {
		case 0:
			return say(200, `{"id":"of-a-12345"}`)
		case 1, 2:
			return say(403, "{}")
		}
		return say(200, `{"id":"of-a-12345"}`) // and nothing of B, ever
	})
	with := profile(p)
	with.Professionals["owner"] = professional("secret-of-owner")
	_, err := attack.Run(t.Context(), with, attack.Options{Cases: some(t, "203-other-patient-item")})
	if !errors.Is(err, attack.ErrControls) || !strings.Contains(err.Error(), "B") {
		t.Errorf("a profile whose markers of B are nowhere: %v", err)
	}
}

func TestABaseThatDoesNotAnswerIsNoResult(t *testing.T) {
	p := profile(&product{base: "http://127.0.0.1:1/fhir"})
	results, err := attack.Run(t.Context(), p, attack.Options{Cases: some(t, "203")})
	if err == nil || results != nil {
		t.Errorf("%d results, %v", len(results), err)
	}
}

func TestACaseWhoseControlFailsTellsNothing(t *testing.T) {
	p := honest(t, func(int, string) string { return say(404, "{}") })
	got := one(t, p, head+`      - {control: true, send: GET x, want: {status: ["200"]}}
      - {send: GET x, want: {status: ["404"]}}
`)
	if got.Verdict != attack.NotApplicable || !strings.Contains(got.Why, "honest request") {
		t.Errorf("%s: %s", got.Verdict, got.Why)
	}
}

func TestWhatTheProfileDoesNotHaveIsNotApplicableAndSaysSo(t *testing.T) {
	for want, step := range map[string]string{
		"patients.restricted":   `{send: "GET Patient/{restricted.id}", want: {status: ["404"]}}`,
		"vars.x":                `{send: "GET {vars.x}", want: {status: ["404"]}}`,
		"professionals.revoked": `{as: revoked, send: GET x, want: {status: ["404"]}}`,
		"a next":                `{send: "GET {kept.next}", want: {status: ["404"]}}`,
		"no JWT":                `{token: {sign: broken}, send: GET x, want: {status: ["404"]}}`,
		"not the profile's":     `{send: "GET https://elsewhere.example/x", want: {status: ["404"]}}`,
		"patients.A's Binary":   `{send: "GET Binary/{A.Binary}", want: {status: ["404"]}}`,
		"bases.hostile":         `{send: "GET {bases.hostile}/x", want: {status: ["404"]}}`,
	} {
		p := honest(t, func(int, string) string { return say(404, "{}") })
		got := one(t, p, head+"      - "+step+"\n")
		if got.Verdict != attack.NotApplicable || !strings.Contains(got.Why, want) {
			t.Errorf("%s: %s: %s", step, got.Verdict, got.Why)
		}
		if len(p.asked) > controls {
			t.Errorf("%s: something was sent: %q", step, p.asked[controls])
		}
	}
}

func TestTheProfileCanSayWhatIsNotApplicable(t *testing.T) {
	p := honest(t, func(int, string) string { return say(200, "Birchwood") })
	with := profile(p)
	with.NotApplicable = map[string]string{"203-other-patient-item": "this product has none"}
	results, err := attack.Run(t.Context(), with, attack.Options{Cases: some(t, "203-other-patient-item")})
	if err != nil || results[0].Verdict != attack.NotApplicable || !strings.Contains(results[0].Why, "has none") {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestKeptValuesAreUsedAndWhatWasChangedIsTakenBack(t *testing.T) {
	var p *product
	p = honest(t, func(n int, _ string) string {
		if n == 0 {
			return say(201, `{"id":"p1","link":[{"relation":"next","url":"`+p.base+`?page=2"}]}`, `ETag: W/"7"`)
		}
		return say(404, "{}")
	})
	got := one(t, p, head+`      - {send: POST Consent, body: "{}", keep: {id: /id, next: link.next, tag: header.ETag}, want: {status: ["4xx"]}}
      - {send: "GET never", want: {status: ["404"]}}
      - {always: true, send: "DELETE Consent/{kept.id}", headers: ["If-Match: {kept.tag}"], want: {status: ["404"]}}
      - {always: true, send: "GET {kept.next}", want: {status: ["404"]}}
`)
	if got.Verdict != attack.GotThrough {
		t.Errorf("%s: %s", got.Verdict, got.Why)
	}
	after := p.asked[controls+1:]
	if len(after) != 2 || !strings.HasPrefix(after[0], "DELETE /fhir/Consent/p1 ") || !strings.Contains(after[0], `W/"7"`) || !strings.HasPrefix(after[1], "GET /fhir?page=2 ") {
		t.Errorf("after the step that got through: %q", after)
	}
}

func TestAProductThatSaysLaterIsAskedAgain(t *testing.T) {
	p := honest(t, func(n int, _ string) string {
		if n == 0 {
			return say(429, "{}", "Retry-After: 0.01")
		}
		return say(404, "{}")
	})
	if got := one(t, p, head+"      - {send: GET x, want: {status: [\"404\"]}}\n"); got.Verdict != attack.Held {
		t.Errorf("%s: %s", got.Verdict, got.Why)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	p := honest(t, func(int, string) string { return say(404, "{}") })
	with := profile(p)
	with.Limits.Requests = controls + 2
	results, err := attack.Run(t.Context(), with, attack.Options{Cases: some(t, "019")})
	if err != nil || len(p.asked) != controls+2 {
		t.Errorf("%d requests, %v", len(p.asked), err)
	}
	if n := attack.Count(results); n[attack.Held] != 2 || n[attack.NotApplicable] != len(results)-2 {
		t.Errorf("%v", n)
	}
}

func TestAnEndedRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := honest(t, func(int, string) string { cancel(); return say(404, "{}") })
	results, err := attack.Run(ctx, profile(p), attack.Options{Cases: some(t, "019")})
	if !errors.Is(err, context.Canceled) || len(results) > 1 {
		t.Errorf("%d results, %v", len(results), err)
	}
}

// The reports hold what people and programs need, and no token.
func TestReportsTellEverythingButTokens(t *testing.T) {
	p := honest(t, func(n int, _ string) string {
		if n == 0 {
			return say(200, "Birchwood")
		}
		return say(403, "{}")
	})
	with := profile(p)
	cases := append(append(some(t, "019-dots-and-slashes-parent"), some(t, "201-odd-authorization-no-scheme")...), some(t, "016")...)
	var rows strings.Builder
	results, err := attack.Run(t.Context(), with, attack.Options{Cases: cases, Each: func(r attack.Result) { rows.WriteString(r.Row()) }})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := attack.Summary(results), "3 attacks: 0 held, 1 got through, 2 not applicable"; got != want {
		t.Errorf("the last line is %q, want %q", got, want)
	}
	var asJSON, asJUnit bytes.Buffer
	if err := errors.Join(attack.WriteJSON(&asJSON, with, results), attack.WriteJUnit(&asJUnit, with, results)); err != nil {
		t.Fatal(err)
	}
	var read struct {
		GotThrough int `json:"got_through"`
		Results    []struct{ ID, Verdict string }
	}
	if err := json.Unmarshal(asJSON.Bytes(), &read); err != nil || read.GotThrough != 1 || len(read.Results) != 3 || read.Results[0].Verdict != "got through" {
		t.Errorf("%+v, %v", read, err)
	}
	var suite struct {
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	if err := xml.Unmarshal(asJUnit.Bytes(), &suite); err != nil || suite.Failures != 1 || suite.Skipped != 2 {
		t.Errorf("%+v, %v", suite, err)
	}
	for what, text := range map[string]string{"table": rows.String(), "JSON": asJSON.String(), "JUnit": asJUnit.String()} {
		if strings.Contains(text, "secret-of-") || strings.Contains(text, "Birchwood") {
			t.Errorf("the %s holds a token or what came out:\n%s", what, text)
		}
	}
}

// some gives embedded cases.
func some(t *testing.T, which string) []attack.Case {
	t.Helper()
	all, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	chosen := attack.Choose(all, which)
	if len(chosen) == 0 {
		t.Fatalf("there is no case %s", which)
	}
	return chosen
}
