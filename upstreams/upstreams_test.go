package upstreams_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

func ExampleEmbedded() {
	sources, err := upstreams.Embedded()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(sources), sources[0].ID, sources[0].ODS)
	// Output: 12 acute-northmoor RZ2
}

func TestEmbeddedCoversEveryKindOfOrganisation(t *testing.T) {
	sources, err := upstreams.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	codes := map[string]bool{}
	for _, s := range sources {
		seen[s.Kind] = true
		if codes[s.ODS.String()] {
			t.Errorf("%s: ODS code %s is used twice", s.ID, s.ODS)
		}
		codes[s.ODS.String()] = true
	}
	for _, kind := range upstreams.Kinds {
		if !seen[kind] {
			t.Errorf("no source of kind %s", kind)
		}
	}
}

func TestLoadReportsEveryFaultAtOnce(t *testing.T) {
	_, err := upstreams.Load(fstest.MapFS{
		"gp-a.yaml": {Data: []byte("name: A\nods: z1\nkind: shop\nbase_url: ftp://x\n")},
		"Gp_B.yaml": {Data: []byte("name: B\nods: Z91001\nkind: gp\ntelephone: '1'\nbase_url: http://127.0.0.1/fhir\ntimeout: soon\n")},
		"gp-c.yaml": {Data: []byte("nmae: C\n")},
	})
	if err == nil {
		t.Fatal("faulty sources were loaded")
	}
	for _, want := range []string{
		"gp-a.yaml", "ods:", "kind:", "telephone:", "base_url: missing scheme",
		"Gp_B.yaml", "file name:", "timeout:", "gp-c.yaml", "field nmae not found",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

// A link base that is none is an error at the start, which says which and why.
func TestALinkBaseIsAnAddressOfHostAndPath(t *testing.T) {
	const file = "name: St Anne\nods: RZ1\nkind: acute\ntelephone: '0'\nbase_url: https://fhir.example/R4\nlink_bases: [%q]\n"
	load := func(base string) ([]upstreams.Source, error) {
		return upstreams.Load(fstest.MapFS{"a.yaml": {Data: fmt.Appendf(nil, file, base)}})
	}
	for _, base := range []string{"http://internal-name.hospital.local:8080/fhir", "https://h/", "https://h/a/b/"} {
		if all, err := load(base); err != nil || all[0].LinkBases[0] != base {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, base := range []string{
		"", "internal:8080/fhir", "/fhir", "//internal/fhir", "ftp://internal/fhir", "http://", "http://:8080/fhir", "http://u@internal/fhir", "http://u:p@internal/fhir",
		"http://internal/fhir?x=1", "http://internal/fhir?", "http://internal/fhir#x", "http://internal/fhir#", "http://internal/../fhir", "http://internal/a//b", "http://[",
	} {
		if _, err := load(base); err == nil || !strings.Contains(err.Error(), "loading source a.yaml: link_bases: "+strconv.Quote(base)) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestTheKindOfAnOrganisationIsThatOfAllItsSources(t *testing.T) {
	code := func(s string) nhs.ODSCode {
		c, err := nhs.ParseODSCode(s)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, same, mixed, none := code("RXA01"), code("RXB02"), code("RXC03"), code("RXD04")
	kinds := upstreams.KindsOf([]upstreams.Source{
		{ODS: one, Kind: "acute"}, {ODS: same, Kind: "community"}, {ODS: same, Kind: "community"},
		{ODS: mixed, Kind: "acute"}, {ODS: mixed, Kind: "community"}, {ODS: mixed, Kind: "acute"},
	})
	for code, want := range map[nhs.ODSCode]string{one: "acute", same: "community", mixed: "", none: "", {}: ""} {
		if got := kinds[code]; got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
