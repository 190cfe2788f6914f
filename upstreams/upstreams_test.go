package upstreams_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

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
