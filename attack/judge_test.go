package attack_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/attack"
)

const head = `
  - id: 900-test
    title: A test
    reason: It tests.
    source: here
    steps:
`

// Each thing that can be expected of an answer can fail.
func TestEachExpectationHoldsAndFails(t *testing.T) {
	outcome := `{"resourceType":"OperationOutcome"}`
	bundle := func(more string) string { return `{"resourceType":"Bundle",` + more + `}` }
	item := `"entry":[{"fullUrl":"BASE/Observation/1","resource":{"resourceType":"Observation","id":"1"}}]`
	for name, c := range map[string]struct {
		want      string
		good, bad string // answers
		why       string // a part of what is said of the bad one
	}{
		"status":                {`{status: ["403"]}`, say(403, outcome), say(200, outcome), "wanted 403"},
		"status of a kind":      {`{status: ["4xx"]}`, say(404, outcome), say(500, outcome), "wanted 4xx"},
		"an end without answer": {`{status: ["403"]}`, say(403, ""), "", "without an answer"},
		"an end is allowed":     {`{status: [closed]}`, "", say(200, ""), "wanted closed"},
		"marker of B":           {`{status: ["200"]}`, say(200, "{}"), say(200, `{"family":"Birchwood"}`), "of B came out"},
		"marker, escaped":       {`{status: ["200"]}`, say(200, "{}"), say(200, `{"family":"\u0042irchwood"}`), "of B came out"},
		"marker in a header":    {`{status: ["200"]}`, say(200, "{}"), say(200, `{}`, "Location: /Patient/Birchwood"), "of B came out"},
		"marker withheld":       {`{status: ["200"]}`, say(200, "{}"), say(200, `{"code":"86406008"}`), "of withheld came out"},
		"marker internal":       {`{status: ["4xx"]}`, say(404, "{}"), say(404, `http://10.0.0.7:8080/fhir`), "of internal came out"},
		"marker in a refusal":   {`{status: ["403"]}`, say(403, "{}"), say(403, "Birchwood"), "of B came out"},
		"allowed marker":        {`{status: ["200"], allow: [B]}`, say(200, "Birchwood"), say(200, "Birchwood 86406008"), "of withheld came out"},
		"holds a set":           {`{status: ["200"], holds: [A]}`, say(200, "of-a-12345"), say(200, "{}"), "nothing of A"},
		"holds a text":          {`{status: ["200"], holds: ["x{A.id}"]}`, say(200, "xpatient-a"), say(200, "patient-a"), "is not in it"},
		"without a text":        {`{status: ["200"], without: [panic]}`, say(200, "{}"), say(200, "panic: x"), "is in it"},
		"header":                {`{status: ["200"], headers: {Cache-Control: no-store}}`, say(200, "", "Cache-Control: private, no-store"), say(200, ""), "Cache-Control"},
		"no header":             {`{status: ["200"], no_headers: [ETag]}`, say(200, ""), say(200, "", `ETag: "1"`), "ETag is there"},
		"outcome":               {`{status: ["403"], outcome: true}`, say(403, outcome), say(403, "<html>"), "no OperationOutcome"},
		"absent":                {`{status: ["200"], absent: [/total]}`, say(200, bundle(item)), say(200, bundle(`"total":3`)), "/total is there"},
		"absent deep":           {`{status: ["200"], absent: [/entry/0/resource/id]}`, say(200, "{}"), say(200, bundle(item)), "is there"},
		"only":                  {`{status: ["200"], only: [Observation]}`, say(200, bundle(item)), say(200, bundle(`"entry":[{"resource":{"resourceType":"Condition"}}]`)), "Condition"},
		"entries":               {`{status: ["200"], entries: 0}`, say(200, bundle(`"entry":[{"resource":`+outcome+`}]`)), say(200, bundle(item)), "at most"},
		"at least":              {`{status: ["200"], at_least: 1}`, say(200, bundle(item)), say(200, bundle(`"entry":[{"resource":`+outcome+`}]`)), "at least"},
		"own link":              {`{status: ["200"], own_links: true}`, say(200, bundle(`"link":[{"relation":"next","url":"BASE?page=1"}]`)), say(200, bundle(`"link":[{"relation":"next","url":"http://raw/fhir?page=1"}]`)), "link leads elsewhere"},
		"own fullUrl":           {`{status: ["200"], own_links: true}`, say(200, bundle(item)), say(200, bundle(strings.Replace(item, "BASE", "BASEX", 1))), "fullUrl leads elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, turn := range []struct {
				answer  string
				verdict attack.Verdict
			}{{c.good, attack.Held}, {c.bad, attack.GotThrough}} {
				var p *product
				p = honest(t, func(int, string) string { return resize(strings.ReplaceAll(turn.answer, "BASE", p.base)) })
				got := one(t, p, head+`      - {send: GET x, want: `+c.want+"}\n")
				if got.Verdict != turn.verdict {
					t.Errorf("%q\n  %s (%s), want %s", turn.answer, got.Verdict, got.Why, turn.verdict)
				}
				if got.Verdict == attack.GotThrough && !strings.Contains(got.Why, c.why) {
					t.Errorf("it says %q, want it to say %q", got.Why, c.why)
				}
			}
		})
	}
}

// resize states the length anew, after the address has been put in.
func resize(answer string) string {
	first, body, ok := strings.Cut(answer, "\r\n\r\n")
	if !ok {
		return answer
	}
	lines := strings.Split(first, "\r\n")
	return strings.Join(lines[:len(lines)-1], "\r\n") + "\r\n" + strings.TrimPrefix(say(0, body), "HTTP/1.1 0 \r\n")
}

func TestTwoAnswersAreHeldAgainstEachOther(t *testing.T) {
	steps := `      - {name: first, send: "GET Observation/{B.one}", want: {status: ["404"]}}
      - {send: "GET Observation/{none}", want: {same_as: first, same: [status, headers, body]}}
`
	for name, c := range map[string]struct {
		first, second string
		verdict       attack.Verdict
	}{
		"the same": {say(404, `{"id":"01a22697-d781-7848-ada2-8718f0657af3","at":"2026-11-29T09:16:55Z"}`, "X-Request-Id: 1"),
			say(404, `{"id":"01a22698-1111-7848-ada2-8718f0657aaa","at":"2026-11-29T09:16:56.5Z"}`, "X-Request-Id: 2"), attack.Held},
		"what was asked for is named": {say(404, `{"no":"of-b-12345"}`), say(404, `{"no":"mcr-attack-none-8f1c"}`), attack.Held},
		"another status":              {say(404, `{}`), say(403, `{}`), attack.GotThrough},
		"another body":                {say(404, `{"a":1}`), say(404, `{"a":2}`), attack.GotThrough},
		"a header more":               {say(404, `{}`), say(404, `{}`, "Warning: 199"), attack.GotThrough},
	} {
		t.Run(name, func(t *testing.T) {
			p := honest(t, func(n int, _ string) string { return []string{c.first, c.second}[n] })
			if got := one(t, p, head+steps); got.Verdict != c.verdict {
				t.Errorf("%s (%s), want %s", got.Verdict, got.Why, c.verdict)
			}
		})
	}
}

func TestWhatWasSentProvesNothingWhenItComesBack(t *testing.T) {
	p := honest(t, func(_ int, request string) string { return say(404, "nothing at "+request) })
	if got := one(t, p, head+`      - {send: "GET Patient?identifier={system}%7C{B.nhs}", want: {status: ["404"]}}`+"\n"); got.Verdict != attack.Held {
		t.Errorf("%s: %s", got.Verdict, got.Why)
	}
}

func TestRawBytesArriveAsTheyAreAndEveryAnswerIsJudged(t *testing.T) {
	raw := `      - raw: |+
          GET {base.path}/x HTTP/1.1
          X-A: b\n
          X-B: \x00{B.id|hexlen}

        want: {status: ["400"], answers: 1, closed: true}
`
	p := honest(t, func(int, string) string { return say(400, "") })
	if got := one(t, p, head+raw); got.Verdict != attack.Held {
		t.Errorf("%s: %s", got.Verdict, got.Why)
	}
	if got, want := p.asked[controls], "GET /fhir/x HTTP/1.1\r\nX-A: b\nX-B: \x009\r\n\r\n"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	for name, answer := range map[string]string{"two answers": say(400, "") + say(400, ""), "the second leaks": say(400, "") + say(200, "Birchwood")} {
		p := honest(t, func(int, string) string { return answer })
		if got := one(t, p, head+raw); got.Verdict != attack.GotThrough {
			t.Errorf("%s: %s", name, got.Verdict)
		}
	}
}
