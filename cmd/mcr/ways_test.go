package main_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/strace"
)

// own is an address of this machine that is not its loopback, so that what the environment
// says of proxies would hold for it; the loopback where there is none.
func own(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			return ip.IP.String()
		}
	}
	return "127.0.0.1"
}

// twoAddresses is a site whose source has two addresses, of which the first is away, in an
// environment that names a proxy. It gives both.
func twoAddresses(t *testing.T) (s *site, away, there string) {
	t.Helper()
	s = newSite(t, answering("x"), "")
	listen := func() net.Listener {
		l, err := net.Listen("tcp", net.JoinHostPort(own(t), "0"))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	closed := listen()
	away = closed.Addr().String()
	closed.Close()
	source := &httptest.Server{Listener: listen(), Config: &http.Server{Handler: answering("x")}}
	source.Start()
	t.Cleanup(source.Close)
	there = source.Listener.Addr().String()
	proxy := &httptest.Server{Listener: listen(), Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the environment's proxy was asked for %s", r.URL)
		w.WriteHeader(http.StatusBadGateway)
	})}}
	proxy.Start()
	t.Cleanup(proxy.Close)
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "http://"+proxy.Listener.Addr().String())
	}
	t.Setenv("NO_PROXY", "")
	s.change("broker acute\n", "broker acute {\n\t\t\tbase_url http://"+away+"/fhir http://"+there+"/fhir\n\t\t\tfail_duration 1h\n\t\t}\n")
	return s, away, there
}

// page gives what a path of the site says.
func (s *site) page(path string) string {
	s.t.Helper()
	answer, err := http.Get("http://" + s.listen + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.Status + "\n" + string(text)
}

// The next address answers for one that is away, and that is red, which costs no load
// balancer this broker; when none is left it is the source that is away.
func TestTheNextAddressOfASourceAnswers(t *testing.T) {
	s, away, there := twoAddresses(t)
	s.start()
	token := s.token("u1", "RZ1")
	if ready := s.page("/readyz"); strings.Contains(ready, "source-address") {
		t.Errorf("red before anything was asked: %s", ready)
	}
	for range 3 {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", token, ""); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
	}
	if ready := s.page("/readyz"); !strings.HasPrefix(ready, "200") || !strings.Contains(ready, `"status":"red"`) || !strings.Contains(ready, "source-address") || strings.Contains(ready, away) {
		t.Errorf("/readyz: %s", ready)
	}
	if in := s.told("/broker"); !strings.Contains(in, "acute: "+away) {
		t.Errorf("the admin address does not say which: %s", in)
	}
	metrics := s.page("/metrics")
	for _, line := range []string{
		`mcr_source_address_passed_by{address="` + away + `",source="acute"} 1`, `mcr_source_address_passed_by{address="` + there + `",source="acute"} 0`,
		`mcr_source_failures_total{address="` + away + `",source="acute"} 1`, `mcr_source_answers_total{address="` + away + `",source="acute"} 0`,
	} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("the metrics do not say %s", line)
		}
	}
	if !strings.Contains(metrics, `mcr_source_answers_total{address="`+there+`"`) {
		t.Error("nothing says who answered")
	}
}

var connected = regexp.MustCompile(`connect\(.*sin6?_port=htons\((\d+)\).*inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"`)

// The kernel is the judge: whatever stands in the environment, mcr opens connections to the
// addresses that it was told of, and to no other.
func TestNothingIsDialledButWhatIsNamed(t *testing.T) {
	tool := strace.Find(t)
	s, away, there := twoAddresses(t)
	log := filepath.Join(s.dir, "connects")
	s.under = []string{tool, "-D", "-f", "-e", "trace=connect", "-e", "signal=none", "-o", log}
	s.start()
	for _, target := range []string{"/fhir/Observation?patient=p1", "/fhir/Patient/p1", "/fhir/Observation/none", "/fhir/Condition?patient=p1"} {
		if _, _, _, err := s.ask(http.MethodGet, target, s.token("u1", "RZ1"), ""); err != nil {
			t.Fatal(err)
		}
	}
	s.stop()
	text := func() string {
		all, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !strings.Contains(text(), "+++ exited with 0 +++"); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("strace has not seen the end of mcr")
		}
	}
	seen := map[string]bool{}
	for _, m := range connected.FindAllStringSubmatch(text(), -1) {
		seen[net.JoinHostPort(m[2], m[1])] = true
	}
	if !seen[away] || !seen[there] {
		t.Errorf("the source's own addresses %s and %s are not among %v: this shows nothing", away, there, seen)
	}
	for _, known := range []string{away, there, strings.TrimPrefix(s.issuer.URL, "http://")} {
		host, _, _ := strings.Cut(known, "/")
		delete(seen, host)
	}
	if len(seen) > 0 {
		t.Errorf("mcr also dialled %v", seen)
	}
}
