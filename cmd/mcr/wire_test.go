package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// raw sends bytes over a socket of its own and gives every answer, until the server
// closes or has answered as often as asked.
func (s *site) raw(text string, answers int) (statuses []int, bodies []string, closed bool) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.listen)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Fatal(err)
	}
	from := bufio.NewReader(c)
	for len(statuses) < answers {
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			return statuses, bodies, true
		}
		body, _ := io.ReadAll(answer.Body)
		statuses, bodies = append(statuses, answer.StatusCode), append(bodies, string(body))
		if answer.Close {
			_, err := from.ReadByte()
			return statuses, bodies, err == io.EOF
		}
	}
	return statuses, bodies, false
}

// get writes a request with further lines in its head.
func (s *site) get(target string, lines ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: " + s.listen + "\r\n" + strings.Join(append(lines, "", ""), "\r\n")
}

// counted gives a counter of the process.
func (s *site) counted(name string) float64 {
	s.t.Helper()
	answer, err := http.Get("http://" + s.listen + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var n float64
	if found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindSubmatch(text); found != nil {
		_, _ = fmt.Sscan(string(found[1]), &n)
	}
	return n
}

// Attack 151: what a length and a coding together would smuggle reaches nobody: one
// 400, and the connection is closed; what was asked before on the same connection is
// answered all the same. Package wire has every form; here the whole program has it.
func TestAttack151TheConnectionEndsWithTheRequestThatIsRefused(t *testing.T) {
	s := newSite(t, answering("secret"), "")
	s.start()
	auth := "Authorization: Bearer " + s.token("u1", "RZ1")
	good := s.get("/fhir/Observation?patient=p1", auth)
	smuggled := s.get("/fhir/Patient/p1", auth)
	post := func(lines, body string) string {
		return "POST /fhir/Observation/_search HTTP/1.1\r\nHost: " + s.listen + "\r\n" + auth + "\r\nContent-Type: application/x-www-form-urlencoded\r\n" + lines + "\r\n" + body
	}
	const form = "patient=p1"
	if statuses, _, _ := s.raw(good+post("Content-Length: 10\r\n", form)+post("Transfer-Encoding: chunked\r\n", "a\r\npatient=p1\r\n0\r\n\r\n")+good, 4); fmt.Sprint(statuses) != "[200 200 200 200]" {
		t.Fatalf("four good requests, one after another: %v", statuses)
	}
	for name, bad := range map[string]string{
		"both": post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "both, length of the rest": post(fmt.Sprintf("Transfer-Encoding: chunked\r\nContent-Length: %d\r\n", 5+len(smuggled)), "0\r\n\r\n"),
		"two lengths": post("Content-Length: 10\r\nContent-Length: 10\r\n", form), "length, length": post("Content-Length: 10, 10\r\n", form),
		"chunked, identity": post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), "a blank before the colon": post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
		"folded": post("X: y\r\n z\r\nContent-Length: 10\r\n", form), "a bare LF": strings.Replace(good, "\r\n", "\n", 1),
		"another authority": strings.Replace(good, " /", " http://other.example/", 1), "two hosts": s.get("/fhir/metadata", "Host: "+s.listen),
		"no host": "GET /fhir/metadata HTTP/1.1\r\n\r\n", "the whole server": "OPTIONS * HTTP/1.1\r\nHost: " + s.listen + "\r\n\r\n",
	} {
		for before, first := range []string{"", good} {
			statuses, bodies, closed := s.raw(first+bad+smuggled, 4)
			if len(statuses) != before+1 || statuses[before] != http.StatusBadRequest || !closed {
				t.Errorf("%s, behind %d: %v, closed: %v", name, before, statuses, closed)
			}
			if before == 1 && len(statuses) > 0 && statuses[0] != http.StatusOK {
				t.Errorf("%s: the request before it: %v", name, statuses)
			}
			if n := len(bodies); n > 0 && strings.Contains(bodies[n-1], "secret") {
				t.Errorf("%s: %s", name, bodies[n-1])
			}
		}
	}
	// A body whose parts are not understood ends there: nothing after it is a request.
	for name, body := range map[string]string{
		"an extension": "a;x=y\r\npatient=p1\r\n0\r\n\r\n", "a bare LF": "a\npatient=p1\r\n0\r\n\r\n", "CR in the size": "a\r\r\npatient=p1\r\n0\r\n\r\n", "a trailer": "a\r\npatient=p1\r\n0\r\nX: y\r\n\r\n",
	} {
		statuses, bodies, closed := s.raw(post("Transfer-Encoding: chunked\r\n", body)+smuggled, 3)
		if len(statuses) > 1 || len(statuses) == 1 && statuses[0] < 400 || !closed || strings.Contains(strings.Join(bodies, ""), "secret") {
			t.Errorf("a chunk with %s: %v, closed: %v, %v", name, statuses, closed, bodies)
		}
	}
	for _, reason := range []string{"two-lengths", "length", "coding", "field", "host", "chunk", "request-line"} {
		if s.counted(`mcr_turned_away_total{reason="`+reason+`"}`) < 1 {
			t.Errorf("%s is not counted", reason)
		}
	}
}

// Attack 152: a host that no site names is told so, counted, and shown nothing; by
// whichever form of request it is named.
func TestAttack152AHostThatNoSiteNames(t *testing.T) {
	s := newSite(t, answering("secret"), "")
	s.start()
	auth := "Authorization: Bearer " + s.token("u1", "RZ1")
	before := s.counted(`mcr_turned_away_total{reason="unknown-host"}`)
	for name, text := range map[string]string{
		"another host":           "GET /fhir/Observation?patient=p1 HTTP/1.1\r\nHost: other.example\r\n" + auth + "\r\n\r\n",
		"HTTP/1.0 without":       "GET /fhir/metadata HTTP/1.0\r\n\r\n",
		"HTTP/1.0, another":      "GET /healthz HTTP/1.0\r\nHost: other.example\r\n\r\n",
		"absolute form, another": "GET http://other.example/fhir/metadata HTTP/1.1\r\nHost: other.example\r\n\r\n",
		"a dot behind":           "GET /metrics HTTP/1.1\r\nHost: " + strings.Replace(s.listen, ":", ".:", 1) + "\r\n\r\n",
	} {
		statuses, bodies, _ := s.raw(text, 1)
		if len(statuses) != 1 || statuses[0] != http.StatusMisdirectedRequest || bodies[0] != "Misdirected Request\n" {
			t.Errorf("%s: %v %q", name, statuses, bodies)
		}
	}
	if now := s.counted(`mcr_turned_away_total{reason="unknown-host"}`); now != before+5 {
		t.Errorf("%v were counted", now-before)
	}
	if statuses, _, _ := s.raw("CONNECT "+s.listen+" HTTP/1.1\r\nHost: "+s.listen+"\r\n\r\n", 1); len(statuses) != 1 || statuses[0] != http.StatusMisdirectedRequest {
		t.Errorf("CONNECT: %v", statuses)
	}
	if n := s.counted(`mcr_turned_away_total{reason="connect"}`); n != 1 {
		t.Errorf("CONNECT was counted %v times", n)
	}
	// What no route answers is not there; Caddy's own answer is 200 and nothing.
	if statuses, _, _ := s.raw(s.get("/nothing"), 1); len(statuses) != 1 || statuses[0] != http.StatusNotFound {
		t.Errorf("a path that nobody answers: %v", statuses)
	}
	if statuses, bodies, _ := s.raw(s.get("http://"+s.listen+"/fhir/Observation?patient=p1", auth), 1); len(statuses) != 1 || statuses[0] != http.StatusOK || !strings.Contains(bodies[0], "secret") {
		t.Errorf("the absolute form of what is here: %v", statuses)
	}
}

// Attack 164: what proxies tell each other of the address that was first asked is
// no part of the question here: the answer, its links and its record are the same.
func TestAttack164NoFieldChangesWhatWasAsked(t *testing.T) {
	s := newSite(t, answering("secret"), "")
	s.start()
	stranger, own := "Authorization: Bearer "+s.token("u2", "RZ2"), "Authorization: Bearer "+s.token("u1", "RZ1")
	_, plain, _ := s.raw(s.get("/fhir/Observation?patient=p1", own), 1)
	for _, name := range []string{"X-Forwarded-Uri", "X-Original-Url", "X-Original-Uri", "X-Rewrite-Url", "X-Forwarded-Prefix", "X-Forwarded-Path", "X-Forwarded-Host",
		"X-Forwarded-Server", "X-Host", "X-Original-Host", "X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-Port", "X-Forwarded-Method", "X-Envoy-Original-Path", "X-Override-Url", "X-Http-Host-Override", "X-Proxy-Url", "Forwarded", "Base-Url", "Referer"} {
		value := "/fhir/metadata"
		switch {
		case name == "Forwarded":
			value = "for=127.0.0.1;host=evil.example;proto=https"
		case strings.Contains(name, "Host") || strings.Contains(name, "Server"):
			value = "evil.example"
		case strings.HasSuffix(name, "Method"):
			value = "OPTIONS"
		}
		// It opens nothing that is closed,
		statuses, bodies, _ := s.raw(s.get("/fhir/Observation?patient=p1", stranger, name+": "+value), 1)
		if len(statuses) != 1 || statuses[0] < 400 || strings.Contains(bodies[0], "secret") {
			t.Errorf("%s: a stranger: %v %v", name, statuses, bodies)
		}
		// and alters nothing of what is open.
		statuses, bodies, _ = s.raw(s.get("/fhir/Observation?patient=p1", own, name+": "+value), 1)
		if len(statuses) != 1 || statuses[0] != http.StatusOK || masked(bodies[0]) != masked(plain[0]) || strings.Contains(bodies[0], "evil") {
			t.Errorf("%s: %v\n%s\nwithout it:\n%s", name, statuses, bodies, plain)
		}
	}
}

var passing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// masked leaves out of an answer what no two have in common: ids and times.
func masked(text string) string { return passing.ReplaceAllString(text, "-") }

// Attack 165: a fragment is in no request, and a health checker is anybody.
func TestAttack165AFragmentAndAHealthChecker(t *testing.T) {
	s := newSite(t, answering("secret"), "")
	s.start()
	own := "Authorization: Bearer " + s.token("u1", "RZ1")
	for _, target := range []string{"/fhir/Observation#?patient=p1", "/fhir/Observation%23?patient=p1", "/fhir/metadata#/../Observation?patient=p1", "/fhir/Patient/p1#", "/fhir/Patient/p1%23x",
		"/fhir/Observation?patient=p1#x", "/healthz#/../fhir/Patient/p1", "/fhir#"} {
		statuses, bodies, _ := s.raw(s.get(target, own), 1)
		if len(statuses) != 1 || statuses[0] < 400 || strings.Contains(bodies[0], "secret") {
			t.Errorf("%s: %v %v", target, statuses, bodies)
		}
	}
	for _, agent := range []string{"GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Amazon-Route53-Health-Check-Service", "HealthChecker/1.0", "Consul Health Check", "Blackbox Exporter/0.25", "mcr"} {
		statuses, bodies, _ := s.raw(s.get("/fhir/Observation?patient=p1", "User-Agent: "+agent), 1)
		if len(statuses) != 1 || statuses[0] != http.StatusUnauthorized || strings.Contains(bodies[0], "secret") {
			t.Errorf("%s without a token: %v", agent, statuses)
		}
	}
	s.stop()
	if n := len(s.recorded()); n < 14 {
		t.Errorf("only %d of these are recorded", n)
	}
}
