package upstreams_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/upstreams"
)

func TestALinkIsFollowedBelowTheSourcesOwnBases(t *testing.T) {
	links, err := upstreams.Source{BaseURL: "https://fhir.example/R4", LinkBases: []string{"https://old.example/fhir/"}}.Links()
	if err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string]string{
		"https://fhir.example/R4/Observation?page=2": "Observation?page=2",
		"https://fhir.example/R4?_page=x":            "?_page=x",
		"https://old.example/fhir/Observation?b&a=1": "Observation?a=1&b=",
		"Observation?page=2":                         "Observation?page=2",
		"https://fhir.example/R4b/Observation":       "",
		"https://fhir.example/R4/../admin":           "",
		"https://fhir.example/R4/a/b":                "",
		"https://fhir.example/R4/%2e%2e":             "",
		"http://fhir.example/R4/Observation":         "",
		"https://u@fhir.example/R4/Observation":      "",
		"https://elsewhere.example/R4/Observation":   "",
		"//elsewhere.example/R4/Observation":         "",
		"https://fhir.example/R4/Observation#x":      "",
	} {
		if got, ok := links.Relative(link, ""); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v; want %q", link, got, ok, want)
		}
	}
}

// Attack 304: a link of a megabyte, sealed, would be an address that no client can ask.
func TestAttack304ALinkThatIsTooLongIsNotFollowed(t *testing.T) {
	links, err := upstreams.Source{BaseURL: "https://fhir.example/R4"}.Links()
	if err != nil {
		t.Fatal(err)
	}
	for length, want := range map[int]bool{1500: true, 2048: true, 2049: false, 1 << 20: false} {
		link := "https://fhir.example/R4/Observation?x="
		link += strings.Repeat("x", length-len(link))
		if _, ok := links.Relative(link, ""); ok != want {
			t.Errorf("a link of %d bytes is followed: %v", length, ok)
		}
	}
}

// Many sources write the further pages of a history below the item, and of a search
// nowhere but at the type or the base.
func TestALinkIsFollowedToThePlaceThatWasAsked(t *testing.T) {
	links, err := upstreams.Source{BaseURL: "https://fhir.example/R4"}.Links()
	if err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string]string{
		"https://fhir.example/R4/Observation/1/_history?_offset=1": "Observation/1/_history?_offset=1",
		"https://fhir.example/R4?_page=x":                          "?_page=x",
		"https://fhir.example/R4/Observation/2/_history?_offset=1": "",
		"https://fhir.example/R4/Observation/1/_history/2":         "",
		"https://fhir.example/R4/Observation/1":                    "",
		"https://elsewhere.example/R4/Observation/1/_history":      "",
	} {
		if got, ok := links.Relative(link, "Observation/1/_history"); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v; want %q", link, got, ok, want)
		}
	}
}

func TestTheAddressOfADocumentIsAPathBelowTheBase(t *testing.T) {
	links, err := upstreams.Source{BaseURL: "https://fhir.example/R4"}.Links()
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://fhir.example/R4/Binary/1":            "Binary/1",
		"Binary/1?v=2":                                "Binary/1?v=2",
		"https://fhir.example/R4/$binary":             "",
		"https://fhir.example/R4/../admin":            "",
		"https://fhir.example/R4/.hidden":             "",
		"https://elsewhere.example/R4/Binary/1":       "",
		"Binary/" + string(make([]byte, 1100)) + "/1": "",
	} {
		if got, ok := links.Document(address); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v; want %q", address, got, ok, want)
		}
	}
}
