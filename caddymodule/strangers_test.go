package caddymodule

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// part finds where a part is said to be not ready, or red, in the sources of those who say
// it.
var part = regexp.MustCompile(`\b(?:note|say)\("([a-z-]+)"|\b(?:wrong|red)\["([a-z-]+)"\] =|\breturn "(registry[a-z-]*)", `)

// parts are all that can be told by ready, by name.
func parts(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range []string{".", "../audit/proof/follow"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range part.FindAllStringSubmatch(string(text), -1) {
				found[m[1]+m[2]+m[3]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Each part has words for strangers, and there are no words for a part that nobody tells of.
func TestEveryPartHasWordsForStrangers(t *testing.T) {
	told := parts(t)
	if len(told) < 20 {
		t.Fatalf("only %d parts were found: the test looks in the wrong place: %v", len(told), told)
	}
	if words := slices.Sorted(maps.Keys(inWords)); !slices.Equal(told, words) {
		t.Errorf("parts that are told of: %v\ninWords (health.go): %v", told, words)
	}
	for part, words := range inWords {
		if regexp.MustCompile(`[0-9/.@{}_]|:\S`).MatchString(words) {
			t.Errorf("%s: %q: words hold no figures, files or addresses", part, words)
		}
	}
}

// Attack 153: whatever is wrong or red, and why: a stranger reads the words alone.
func TestAttack153StrangersAreToldWordsAlone(t *testing.T) {
	const why = `fetching https://issuer-internal.invalid:8443/jwks: dial tcp 10.1.2.3:8443; /var/lib/mcr/revoked.jsonl; 4711 records; Dr A Name`
	for _, one := range append(parts(t), "a-part-of-tomorrow") {
		for status, said := range map[int][2]map[string]string{
			http.StatusServiceUnavailable: {{one: why}, {}}, http.StatusOK: {{}, {one: why}},
		} {
			w := httptest.NewRecorder()
			if err := tell(w, said[0], said[1]); err != nil {
				t.Fatal(err)
			}
			if w.Code != status {
				t.Errorf("%s: status %d, want %d", one, w.Code, status)
			}
			for _, inside := range []string{"issuer-internal", "10.1.2.3", "8443", "/var", "4711", "Name", "tomorrow"} {
				if strings.Contains(w.Body.String(), inside) {
					t.Errorf("%s: strangers read %q: %s", one, inside, w.Body)
				}
			}
			if words := inWords[one]; !strings.Contains(w.Body.String(), words) {
				t.Errorf("%s: strangers are not told %q: %s", one, words, w.Body)
			}
		}
	}
}
