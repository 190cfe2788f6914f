package attack_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/attack"
)

func TestThereAreManyCasesOfManyNumbers(t *testing.T) {
	all, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]bool{}
	for _, c := range all {
		numbers[c.Number()] = true
		if text := c.Explain(); !strings.Contains(text, c.Title) || !strings.Contains(text, "wanted") {
			t.Errorf("%s is not explained: %s", c.ID, text)
		}
	}
	if len(all) < 600 || len(numbers) < 90 {
		t.Errorf("%d cases of %d numbers", len(all), len(numbers))
	}
}

// everything is a profile in which every case is applicable, but for what only a
// product can give.
func everything(t *testing.T, p *product) attack.Profile {
	t.Helper()
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sign" {
			fmt.Fprint(w, "aaaa.bbbb.cccc")
			return
		}
		fmt.Fprint(w, `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`)
	}))
	t.Cleanup(issuer.Close)
	with := profile(p)
	with.Issuer = attack.Issuer{JWKS: issuer.URL + "/jwks", SignURL: issuer.URL + "/sign"}
	jwt := "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0." // {"alg":"ES256"}, {"sub":"x"}
	for _, who := range []string{"permitted", "partly", "stranger", "revoked", "foreign", "former", "specialist", "restricted-viewer"} {
		with.Professionals[who] = professional(jwt + hex.EncodeToString([]byte(who+who)))
	}
	resources := map[string]string{"Observation": "of-b-12345", "Condition": "condition-1", "Binary": "binary-1", "DocumentReference": "document-1"}
	for name, patient := range with.Patients {
		patient.Resources = resources
		with.Patients[name] = patient
	}
	for _, name := range []string{"asked", "opted_out", "restricted", "superseded"} {
		with.Patients[name] = attack.Patient{ID: "id-" + name, NHS: "9990000034", Markers: []string{"marker-of-" + name}, Resources: resources}
	}
	with.Vars = map[string]string{}
	for _, name := range []string{
		"issuer", "audience", "claim_user", "claim_roles", "claim_role", "claim_purpose", "user", "organisation", "stranger_user", "stranger_organisation",
		"withheld_type", "withheld_id", "withheld_code", "withheld_date", "collect", "restricted_practice",
		"consent", "withdrawal", "emergency", "how_asked", "asked", "asker",
	} {
		with.Vars[name] = "value-of-" + name
	}
	with.Bases = map[string]string{"hostile": with.Base}
	return with
}

// Every case can fail: against a product that shows everything, that falls, or that
// leaves off without a word, it does not hold.
func TestEveryCaseGetsThroughAProductThatIsBadEnough(t *testing.T) {
	all, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	leak := `{"resourceType":"Bundle","total":2,"link":[{"relation":"next","url":"http://10.0.0.7:8080/fhir?p=2"}],"x":"of-a-12345 Birchwood 86406008 marker-of-asked"}`
	for _, c := range all {
		got := map[string]string{}
		for kind, bad := range map[string]string{
			"shows everything": say(200, leak, `ETag: W/"1"`, "Access-Control-Allow-Origin: *"), "falls": say(500, "x"), "leaves off": "",
		} {
			p := serve(t, func(n int, _ string) string {
				step := n - controls
				switch {
				case n == 0:
					return say(200, `{"id":"of-a-12345"}`)
				case step < 0:
					return say(403, `{}`)
				case step < len(c.Steps) && c.Steps[step].Control:
					return well(c.Steps[step])
				}
				return bad
			})
			results, err := attack.Run(t.Context(), everything(t, p), attack.Options{Cases: []attack.Case{c}})
			if err != nil {
				t.Fatalf("%s: %v", c.ID, err)
			}
			if results[0].Verdict == attack.GotThrough {
				got = nil
				break
			}
			got[kind] = string(results[0].Verdict) + " " + results[0].Why
		}
		if got != nil {
			t.Errorf("%s holds whatever the product does: %v", c.ID, got)
		}
	}
}

// well is an answer with which a control is content.
func well(step attack.Step) string {
	status := 403
	if step.Want.Status[0] != "4xx" {
		fmt.Sscan(step.Want.Status[0], &status)
	}
	held := "x"
	if slices.Contains(step.Want.Holds, "A") {
		held = "of-a-12345"
	} else if slices.Contains(step.Want.Holds, "asked") {
		held = "marker-of-asked"
	}
	body, _ := json.Marshal(map[string]any{
		"resourceType": "Bundle", "id": held, "link": []any{map[string]any{"relation": "next", "url": "?page=2"}},
		"entry": []any{map[string]any{"resource": map[string]any{"content": []any{map[string]any{"attachment": map[string]any{"url": "Binary/1"}}}}}},
	})
	return say(status, string(body))
}

func TestACaseIsReadStrictly(t *testing.T) {
	good := head + "      - {send: GET x, want: {status: [\"404\"]}}\n"
	if _, err := attack.ParseCases([]byte("cases:" + good)); err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"not found":      strings.Replace(good, "    title:", "    tittle: x\n    title:", 1),
		"reason":         strings.Replace(good, "It tests.", "", 1),
		"three digits":   strings.Replace(good, "900-test", "9-test", 1),
		"status":         strings.Replace(good, `["404"]`, `["40"]`, 1),
		"method":         strings.Replace(good, "GET x", "x", 1),
		"send or raw":    strings.Replace(good, "send: GET x", "as: nobody", 1),
		"no step before": strings.Replace(good, `["404"]`, `["404"], same_as: x`, 1),
		"names nothing":  strings.Replace(good, "GET x", `"GET {x}"`, 1),
		"there is no |":  strings.Replace(good, "GET x", `"GET {A.id|x}"`, 1),
		"is missing":     strings.Replace(good, `status: ["404"]`, `outcome: true`, 1),
		"none that is":   strings.Replace(good, `{send`, `{control: true, send`, 1),
		"token.sign":     strings.Replace(good, `{send`, `{token: {sign: x}, send`, 1),
		"no part of an":  strings.Replace(good, "    steps:", "    each: {X: y}\n    steps:", 1),
		"form or body":   strings.Replace(good, `{send`, `{form: a, body: b, send`, 1),
		"for raw":        strings.Replace(good, `["404"]`, `["404"], closed: true`, 1),
	} {
		if _, err := attack.ParseCases([]byte("cases:" + text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func FuzzCases(f *testing.F) {
	f.Add("cases:" + head + "      - {send: GET x, want: {status: [\"404\"]}}\n")
	f.Add("cases:" + head + "      - {raw: \"GET {A.id|percent}\", token: {sign: kept, set: {a: 1}}, want: {status: [closed], answers: 1}}\n")
	f.Add("cases: [&a {id: 001-x, steps: [*a]}]")
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := attack.ParseCases([]byte(text))
		if err != nil {
			return
		}
		for _, c := range cases {
			if c.Number() == "" || c.Explain() == "" || len(c.Steps) == 0 {
				t.Errorf("read as a case: %+v", c)
			}
		}
	})
}
