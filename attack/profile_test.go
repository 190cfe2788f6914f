package attack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/attack"
)

const small = `
base: https://gateway.example/fhir/
professionals:
  permitted: {token: {env: MCR_TEST_PERMITTED}}
  partly: {token: {file: partly.token}}
  stranger: {token: {command: [./token, stranger]}}
patients:
  A: {id: a1, nhs: "9990000018", markers: [of-a-1]}
  B: {id: b1, nhs: "9990000026", markers: [of-b-1]}
`

func TestAProfileIsReadStrictlyAndSaysEverythingThatIsWrong(t *testing.T) {
	p, err := attack.ParseProfile([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if p.Base != "https://gateway.example/fhir" || p.Type != "Observation" || p.Limits.Requests == 0 || p.IdentifierSystem == "" {
		t.Errorf("the defaults are not in it: %+v", p)
	}
	for want, change := range map[string][2]string{
		"field bass not found":              {"base:", "bass: x\nbase:"},
		"base: begin with":                  {"https://gateway.example/fhir/", "gateway.example/fhir"},
		"scheme, host and path only":        {"/fhir/", "/fhir?x=1"},
		"professionals.partly is missing":   {"  partly: {token: {file: partly.token}}\n", ""},
		"give one of env":                   {"{file: partly.token}", "{file: partly.token, env: X}"},
		"patients.B is missing":             {"  B: {id: b1, nhs: \"9990000026\", markers: [of-b-1]}\n", ""},
		"id, nhs and markers are required":  {"id: b1, ", ""},
		"found by chance":                   {"[of-b-1]", "[Ivy]"},
		"nobody is whoever sends no token":  {"professionals:", "professionals:\n  nobody: {token: {env: X}}"},
		"this name is taken":                {"patients:", "patients:\n  vars: {id: x, nhs: y}"},
		"a patient has this name":           {"patients:", "markers: {A: {texts: [abcdef]}}\npatients:"},
		"no texts":                          {"patients:", "markers: {withheld: {}}\npatients:"},
		"no set of markers":                 {"{token: {file: partly.token}}", "{token: {file: partly.token}, never: [x]}"},
		"say why":                           {"base:", "not_applicable: {045-x: ''}\nbase:"},
		"issuer.jwks":                       {"base:", "issuer: {jwks: x}\nbase:"},
		"post: give form or json":           {"{file: partly.token}", "{post: {url: 'https://i.example/token'}}"},
		"none is below 0":                   {"base:", "limits: {requests: -1}\nbase:"},
		"setup: step 1: want.status is mis": {"base:", "setup: [{send: GET x}]\nbase:"},
		"one document only":                 {"base:", "---\nbase:"},
	} {
		text := strings.Replace(small, change[0], change[1], 1)
		if want == "one document only" {
			text = small + "---\nx: y\n"
		}
		if _, err := attack.ParseProfile([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestTokensComeFromWhereTheProfileSays(t *testing.T) {
	t.Setenv("MCR_TEST_PERMITTED", "secret-of-permitted")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("secret-of-partly\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := honest(t, func(int, string) string { return say(404, "{}") })
	with := profile(p)
	with.Professionals["permitted"] = attack.Professional{Token: attack.TokenFrom{Env: "MCR_TEST_PERMITTED"}}
	with.Professionals["partly"] = attack.Professional{Token: attack.TokenFrom{File: file}}
	with.Professionals["stranger"] = attack.Professional{Token: attack.TokenFrom{Command: []string{"echo", "secret-of-stranger"}}}
	issuer := serve(t, func(_ int, request string) string {
		if !strings.HasSuffix(request, "client_secret=secret-of-client&grant_type=client_credentials") && !strings.Contains(request, `{"cast":"x"}`) {
			return say(400, "{}")
		}
		return say(200, `{"access_token":"secret-of-service"}`)
	})
	form := map[string]attack.SecretRef{"grant_type": {Text: "client_credentials"}, "client_secret": {Env: "MCR_TEST_CLIENT"}}
	t.Setenv("MCR_TEST_CLIENT", "secret-of-client")
	with.Professionals["by-form"] = attack.Professional{Token: attack.TokenFrom{Post: &attack.Post{URL: issuer.base, Form: form}}}
	with.Professionals["by-json"] = attack.Professional{Token: attack.TokenFrom{Post: &attack.Post{URL: issuer.base, JSON: map[string]attack.SecretRef{"cast": {Text: "x"}}}}}
	cases, err := attack.ParseCases([]byte("cases:" + head +
		"      - {as: partly, send: GET x, want: {status: [\"404\"]}}\n      - {as: by-form, send: GET x, want: {status: [\"404\"]}}\n      - {as: by-json, send: GET x, want: {status: [\"404\"]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	results, err := attack.Run(t.Context(), with, attack.Options{Cases: cases})
	if err != nil || results[0].Verdict != attack.Held {
		t.Fatalf("%+v, %v", results, err)
	}
	for i, want := range []string{"permitted", "stranger", "", "partly", "service", "service"} {
		if got := strings.Contains(p.asked[i], "Authorization: Bearer secret-of-"+want+"\r\n"); got != (want != "") {
			t.Errorf("request %d is not %q's: %q", i, want, p.asked[i])
		}
	}
	with.Professionals["permitted"] = attack.Professional{Token: attack.TokenFrom{Env: "MCR_TEST_NOT_SET"}}
	if _, err := attack.Run(t.Context(), with, attack.Options{Cases: cases}); err == nil || !strings.Contains(err.Error(), "MCR_TEST_NOT_SET") {
		t.Errorf("a token that is not there: %v", err)
	}
}

func FuzzProfile(f *testing.F) {
	f.Add(small)
	f.Add(strings.Replace(small, "base:", "limits: {timeout: 5s}\nvars: {a: '{vars.a}'}\nbase:", 1))
	f.Add("base: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := attack.ParseProfile([]byte(text))
		if err != nil {
			return
		}
		if err := p.Check(); err != nil {
			t.Errorf("a profile that was read is not one: %v", err)
		}
		if p.Limits.Requests <= 0 || p.Limits.PerSecond <= 0 || p.Limits.Timeout <= 0 {
			t.Errorf("without a limit: %+v", p.Limits)
		}
	})
}

func TestTheWorkedProfileOfTheDocumentationIsOne(t *testing.T) {
	text, err := os.ReadFile("../docs/security-review.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("there is no profile in it")
	}
	if _, err := attack.ParseProfile([]byte(block)); err != nil {
		t.Error(err)
	}
}
