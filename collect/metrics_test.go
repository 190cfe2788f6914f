package collect_test

import (
	"os"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestCollectionsAreCounted(t *testing.T) {
	for _, c := range collect.Collectors() {
		if v, ok := c.(*prometheus.CounterVec); ok {
			v.Reset()
		}
	}
	reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record}, &broker{id: "b", refuse: always("opted-out")})
	reg.whole(t)
	reg.whole(t)
	reg.Collect(t.Context(), bearer, collect.Question{}, nil)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collect.Collectors()...)
	want := `
# HELP mcr_collect_collections_total Collections by outcome: whole (every source answered), partial (some source failed or was late), gone (the client left), refused (nobody was asked), unrecorded (refused, and the record of it could not be written).
# TYPE mcr_collect_collections_total counter
mcr_collect_collections_total{outcome="refused"} 1
mcr_collect_collections_total{outcome="whole"} 2
# HELP mcr_collect_parts_total Sources' parts of collections, by source and status.
# TYPE mcr_collect_parts_total counter
mcr_collect_parts_total{source="a",status="complete"} 2
mcr_collect_parts_total{source="b",status="refused"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "mcr_collect_collections_total", "mcr_collect_parts_total"); err != nil {
		t.Error(err)
	}
}

func TestEveryMetricIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/collect.md")
	if err != nil {
		t.Fatal(err)
	}
	descriptions := make(chan *prometheus.Desc, 16)
	for _, c := range collect.Collectors() {
		c.Describe(descriptions)
	}
	close(descriptions)
	for d := range descriptions {
		_, rest, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ := strings.Cut(rest, `"`)
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/collect.md does not name %s", name)
		}
	}
}
