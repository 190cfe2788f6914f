//go:build servers

package postgres_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

var update = flag.Bool("update", false, "write what the alerts are judged by")

// The alerts are judged by what a broker says (deploy/prometheus/check). The region that it is
// asked there has no shared registry: what one says is kept in a file, and the same here.
func TestServersTheAlertsKnowItsMetrics(t *testing.T) {
	b := follow(t, database(t), store.Options{Seen: seen(t)})
	if err := add(b.store, objects(alice, 1, registry.Active)); err != nil {
		t.Fatal(err)
	}
	b.knows(t, alice, access.Known)
	b.store.Walk(time.Hour)
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(b.store)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	const path = "../../deploy/prometheus/check/testdata/shared-registry.metrics"
	if *update {
		if err := os.WriteFile(path, answer.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(series(string(kept)), series(answer.Body.String())); diff != "" {
		t.Errorf("%s is not what it says (write it with -update):\n%s", path, diff)
	}
}

// series gives the lines without their values.
func series(text string) (all []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "#") {
			line = line[:strings.LastIndexByte(line, ' ')]
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}
