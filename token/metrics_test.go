package token_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/token/tokentest"
)

// gather reads the metrics as "name{label=value,…}" → value.
func gather(t *testing.T, w *world) (values map[string]float64, names []string) {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(w.Collectors()...)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values = map[string]float64{}
	for _, f := range families {
		names = append(names, f.GetName())
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			values[fmt.Sprintf("%s{%s}", f.GetName(), strings.Join(labels, ","))] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return values, names
}

func TestMetrics(t *testing.T) {
	w, _ := listed(t, `{"jti":"x"}`)
	bearer := w.token(nil)
	for range 3 {
		w.expect(t, "accepted", bearer)
	}
	w.expect(t, "signature-wrong", tokentest.NewKey("ES256", "key-1").Token(w.claims(nil)))
	w.expect(t, "issuer-not-known", w.token(map[string]any{"iss": "https://evil.example"}))
	w.expect(t, "malformed", "x.y.z")
	w.advance(60e9)
	got, names := gather(t, w)
	iss := "issuer=" + w.issuer.Name
	want := map[string]float64{
		"mcr_token_cache_total{result=hit}":                                 2,
		"mcr_token_cache_total{result=miss}":                                4,
		"mcr_token_cache_evictions_total{}":                                 0,
		"mcr_token_cache_entries{}":                                         1,
		"mcr_token_accepted_total{binding=none," + iss + "}":                3,
		"mcr_token_accepted_total{binding=dpop," + iss + "}":                0,
		"mcr_token_accepted_total{binding=mtls," + iss + "}":                0,
		"mcr_token_proofs_remembered{}":                                     0,
		"mcr_token_verifications_total{" + iss + ",result=accepted}":        3,
		"mcr_token_verifications_total{" + iss + ",result=signature-wrong}": 1,
		"mcr_token_verifications_total{issuer=,result=issuer-not-known}":    1,
		"mcr_token_verifications_total{issuer=,result=malformed}":           1,
		"mcr_token_key_refreshes_total{" + iss + ",result=changed}":         1,
		"mcr_token_keys_age_seconds{" + iss + "}":                           60,
		"mcr_token_keys{" + iss + "}":                                       1,
		"mcr_token_revocation_list_ok{}":                                    1,
		"mcr_token_revocation_entries{}":                                    1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(source), "//\t"+name) {
			t.Errorf("%s is not documented", name)
		}
	}
	const elsewhere = 7 // TestMetricsOfWhatIsAsked
	if documented := strings.Count(string(source), "//\tmcr_") - elsewhere; documented != len(slices.Compact(slices.Sorted(slices.Values(names)))) {
		t.Errorf("%d metrics are documented, there are %d: %v", documented, len(names), slices.Sorted(maps.Keys(got)))
	}
}
