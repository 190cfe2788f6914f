package main_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/http/httpguts"

	"github.com/mycarerecord/mcr/legible/legibletest"
)

// A client says hostile things of itself, in its headers and its address; an officer
// and an operator look at a terminal.
func TestAttack163NoCommandAndNoLogLineShowsWhatSteersATerminal(t *testing.T) {
	s := newSite(t, answering("x"), "")
	caddyfile, err := os.ReadFile(s.dir + "/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	// Caddy's own log of requests too: of a site without a broker, since it may take no other's.
	other := freeAddress(t)
	write(t, s.dir+"/Caddyfile", strings.Replace(string(caddyfile), "exclude http.handlers", "format legible\n\t\texclude http.handlers", 1)+
		"http://"+other+" {\n\tlog {\n\t\toutput stderr\n\t\tformat legible\n\t}\n\trespond ok\n}\n")
	s.start()
	s.listens(other)
	own := s.token("u1", "RZ1")
	hostile := append(legibletest.Naughty(), "\u009b31m", "\u0085", "\u202eevil\u2066", "\u2028\u2029", "\u200b\u200f\ufeff", "\U000e0041", "\u00ad\u3164", "\x9b31m")
	sent := 0
	for _, text := range hostile {
		if !httpguts.ValidHeaderFieldValue("x" + text) {
			continue
		}
		for _, target := range []string{s.listen + "/fhir/Observation?patient=p1&code=" + url.QueryEscape(text), other + "/?" + url.QueryEscape(text)} {
			r, err := http.NewRequest(http.MethodGet, "http://"+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+own)
			r.Header.Set("User-Agent", "client "+text)
			r.Header.Set("X-Request-Id", text)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
		}
		sent++
	}
	if sent < 400 {
		t.Fatalf("only %d of the list can be sent in a header", sent)
	}
	s.stop()
	looked := map[string]string{"the log": s.said.String()}
	for _, args := range [][]string{
		{"audit", "tail"}, {"audit", "tail", "--json"}, {"audit", "refused"}, {"audit", "refused", "--json"},
		{"audit", "patient", "9990000018"}, {"audit", "patient", "--json", "9990000018"}, {"audit", "verify"},
		{"audit", "show", "\u009b31m\u202e"}, {"policy", "check", "\u009b31m\u202e"}, {"registry", "import", "\u009b31m\u202e"},
		{"source", "check", "--source", "acute", "--sources", "sources", "\u009b31m\u202e"},
	} {
		full := args
		if args[0] == "audit" {
			full = append(append([]string{}, args...), "--trail", "data/trail.db", "--keys", "data/keys")
			if args[1] != "show" && args[1] != "verify" {
				full = append(full, "--limit", "10000")
			}
		}
		out, _ := s.run(full...)
		looked[strings.Join(args, " ")] = out
	}
	for name, out := range looked {
		if len(out) < 30 {
			t.Errorf("%s: says only %q", name, out)
		}
		for i, r := range out {
			if r == '\n' || r == '\t' {
				continue
			}
			if !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector) || r >= 0xE0000 ||
				r == unicode.ReplacementChar && !strings.HasPrefix(out[i:], "\ufffd") {
				t.Errorf("%s: %U is shown raw: %+q", name, r, out[max(0, i-60):min(len(out), i+20)])
				break
			}
		}
	}
	for _, name := range []string{"the log", "audit tail --json"} {
		if !strings.Contains(looked[name], `\u009b31m`) {
			t.Errorf("%s: what was sent is not in it: the test looks in the wrong place", name)
		}
	}
}
