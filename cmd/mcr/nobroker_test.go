package main_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// A Caddyfile in which the broker was forgotten is a proxy that hands out all that a source
// has: it is not run, and not taken over from whoever runs.
func TestNothingIsServedWithoutABroker(t *testing.T) {
	t.Parallel()
	s := newSite(t, http.NotFoundHandler(), "")
	forgotten := func(name, admin string) string {
		write(t, filepath.Join(s.dir, name), fmt.Sprintf("{\n\tadmin %s\n\tauto_https off\n\tpersist_config off\n}\nhttp://%s {\n\treverse_proxy %s\n}\n",
			admin, s.listen, strings.TrimPrefix(s.source.URL, "http://")))
		return name
	}
	for _, admin := range []string{s.admin, "off"} {
		if out, err := s.run("run", "--config", forgotten("Forgotten.caddyfile", admin)); err == nil || !strings.Contains(out, "there is no broker block") {
			t.Errorf("run, admin %s: %v\n%s", admin, err, out)
		}
	}
	s.start()
	out, err := s.run("reload", "--config", forgotten("Forgotten.caddyfile", s.admin), "--address", s.admin)
	if err == nil || !strings.Contains(out, "nothing was taken over") || !strings.Contains(out, "there is no broker block") {
		t.Errorf("reload: %v\n%s", err, out)
	}
	if status, record, text, err := s.ask("GET", "/fhir/Patient/p1", "", ""); status != http.StatusUnauthorized || record == "" {
		t.Errorf("after the reload: %d %v %s", status, err, text)
	}
}
