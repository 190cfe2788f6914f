package main_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/releasetest"
	"github.com/mycarerecord/mcr/durable"
)

// publisher publishes releases in a folder that a web server serves.
type publisher struct {
	releasetest.People
	t     *testing.T
	site  string
	trust string
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{releasetest.NewPeople(t), t, t.TempDir(), filepath.Join(t.TempDir(), "keys.json")}
	write(t, p.trust, string(p.Set))
	return p
}

// made makes a release of a folder, approved and signed by whoever does.
func (p *publisher) made(fsys fs.FS, s release.Statement, approve []release.Key, sign ...release.Key) []byte {
	p.t.Helper()
	return releasetest.Made(p.t, fsys, s, time.Now(), approve, sign...)
}

func (p *publisher) good(fsys fs.FS, serial uint64, revision string) []byte {
	return p.made(fsys, release.Statement{Serial: serial, Revision: revision}, []release.Key{p.Ann, p.Ben}, p.Publisher)
}

// put lays something where brokers look, whatever it is.
func (p *publisher) put(packed []byte) {
	p.t.Helper()
	if err := durable.Replace(filepath.Join(p.site, release.Current), packed); err != nil {
		p.t.Fatal(err)
	}
}

var servingAt = regexp.MustCompile(`port (\d+)`)

// serve serves the folder by a web server that nobody here wrote: Python's, or Go's where there is no Python.
func (p *publisher) serve() (address string, stop func()) {
	p.t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		s := httptest.NewServer(http.FileServer(http.Dir(p.site)))
		p.t.Cleanup(s.Close)
		return s.URL + "/" + release.Current, s.Close
	}
	command := exec.Command(python, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", p.site)
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	stop = func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	}
	p.t.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	found := servingAt.FindStringSubmatch(line)
	if err != nil || found == nil {
		p.t.Fatalf("%v: %s", err, line)
	}
	return "http://127.0.0.1:" + found[1] + "/" + release.Current, stop
}

// following is what the admin socket says of a broker that goes by releases.
type following struct {
	InForce struct {
		Revision, Digest string
		Release          struct {
			Serial  uint64
			Refused string
			Fault   string
		}
	} `json:"in_force"`
	Red map[string]string
}

func (s *site) following() (now following) {
	s.t.Helper()
	text := s.told("/broker")
	if err := json.Unmarshal([]byte(text), &now); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return now
}

func (s *site) follows(what string, is func(following) bool) following {
	s.t.Helper()
	var now following
	s.comes(what, func() bool {
		now = s.following()
		return is(now)
	})
	return now
}

// A release that is published is in force at the broker a moment later, and one that is not fit is
// not, with its own words, while requests run: none fails, and each record names a revision that was
// in force with its own digest. After a kill without the server it goes on by what it accepted last.
func TestABrokerGoesByReleasesThatItFetches(t *testing.T) {
	p := newPublisher(t)
	shipped := policytest.Copied(t)
	twelve := policytest.Changed(t, "data/settings.json", policytest.Replace(`"default_hours": 24`, `"default_hours": 12`))
	p.put(p.good(shipped, 1, "first"))
	address, stopServer := p.serve()
	s := newSite(t, answering("x"), "releases {\n\t\t\tfrom "+address+"\n\t\t\ttrust "+p.trust+"\n\t\t\tevery 1s\n\t\t\ttoo_old 1h\n\t\t}")
	s.start()
	first := s.following()
	if first.InForce.Revision != "first" || first.InForce.Release.Serial != 1 {
		t.Fatalf("in force: %+v", first)
	}
	done := s.asking()
	p.put(p.good(twelve, 2, "second"))
	second := s.follows("the second release", func(f following) bool { return f.InForce.Release.Serial == 2 })
	if second.InForce.Revision != "second" || second.InForce.Digest == first.InForce.Digest {
		t.Errorf("in force: %+v", second)
	}

	three := release.Statement{Serial: 3, Revision: "third"}
	both := []release.Key{p.Ann, p.Ben}
	failing := policytest.Changed(t, "data/settings.json", policytest.Replace(`"grace_days": 14`, `"grace_days": 1`))
	good := p.good(shipped, 3, "third")
	expired := three
	expired.NotBefore, expired.Expires = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	calling := func(builtin string) []byte {
		text := string(shipped["rules/withheld/withheld.rego"].Data) + "\nreached if " + builtin + "\n"
		return releasetest.Forged(t, good, "rules/withheld/withheld.rego", text, time.Now(), both, p.Publisher)
	}
	refusals := map[string]int{}
	for _, c := range []struct {
		name   string
		packed []byte
		says   string
	}{
		{"unsigned", p.made(shipped, three, both), "is not signed"},
		{"signed by a stranger", p.made(shipped, three, both, p.Stranger), "its key may not sign"},
		{"approved by one", p.made(shipped, three, both[:1], p.Publisher), "1 of 2 people approved"},
		{"approved by a stranger", p.made(shipped, three, []release.Key{p.Ann, p.Stranger}, p.Publisher), "has no key here that may"},
		{"expired", p.made(shipped, expired, both, p.Publisher), "expired"},
		{"older", p.good(shipped, 1, "old"), "brokers never go back"},
		{"its cases fail", p.good(failing, 3, "failing"), "not fit to be in force"},
		{"a built-in that nobody has", calling(`mcr.everything("yes")`), "mcr.everything"},
		{"the network", calling(`http.send({"method": "get", "url": "http://127.0.0.1:1"}).status_code == 200`), "http.send"},
		{"a clock", calling(`time.now_ns() > 0`), "time.now_ns"},
		{"cut off", good[:len(good)/2], "cut off or damaged"},
		{"no release", []byte("<html>Not found</html>"), "no release"},
		{"huge", append([]byte{0x1f, 0x8b}, make([]byte, release.MostPacked)...), "larger than 16 MiB"},
	} {
		p.put(c.packed)
		now := s.follows(c.name, func(f following) bool { return strings.Contains(f.InForce.Release.Refused, c.says) })
		if now.InForce.Digest != second.InForce.Digest || now.InForce.Release.Serial != 2 || now.Red["policies-release-refused"] == "" {
			t.Errorf("%s: in force: %+v", c.name, now)
		}
		refusals[c.name]++
	}
	if out, err := s.run("policy", "status", "--config", "Caddyfile"); err != nil || !strings.Contains(out, "policies second") || !strings.Contains(out, "approved by ann and ben, signed by publisher") || !strings.Contains(out, "REFUSED is the newest there") || !strings.Contains(out, "RED: policies-release-refused") {
		t.Errorf("mcr policy status: %v\n%s", err, out)
	}
	if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, "the newest release of the policies is refused") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if text := s.metrics(); !strings.Contains(text, "mcr_policies_release_refused 1") || !strings.Contains(text, `mcr_policies_release_refusals_total{code="not-approved"} 1`) {
		t.Error("the metrics do not say so")
	}

	p.put(p.good(shipped, 3, "back"))
	back := s.follows("what was there before, under a new serial", func(f following) bool {
		return f.InForce.Release.Serial == 3 && f.InForce.Release.Refused == ""
	})
	if back.InForce.Digest != first.InForce.Digest || len(back.Red) > 0 {
		t.Errorf("in force: %+v", back)
	}
	if out, err := s.run("reload", "--config", "Caddyfile"); err != nil {
		t.Errorf("a reload: %v\n%s", err, out)
	}
	if n := done(); n < 20 {
		t.Errorf("only %d requests were answered", n)
	}
	stopServer()
	s.kill()
	s.start()
	if now := s.following(); now.InForce.Release.Serial != 3 || now.InForce.Revision != "back" || now.InForce.Digest != first.InForce.Digest {
		t.Errorf("after a kill, without the server: %+v", now)
	}
	s.follows("that the server is away", func(f following) bool { return f.InForce.Release.Fault != "" })

	of := map[string]string{"first": first.InForce.Digest, "second": second.InForce.Digest, "back": first.InForce.Digest}
	s.comes("three records of releases that were accepted, and one of each that was refused", func() bool {
		accepted, refused := s.releaseRecords(of)
		return accepted == 3 && refused == len(refusals)
	})
}

// releaseRecords counts what the trail says of releases, and looks whether each decision was made by
// one of them, whose digest it names.
func (s *site) releaseRecords(of map[string]string) (accepted, refused int) {
	s.t.Helper()
	out := s.ran("audit", "tail", "--json", "--limit", "1000000", "--trail", "data/trail.db", "--keys", "data/keys")
	decided := map[string]int{}
	for line := range strings.Lines(out) {
		var rec struct {
			Digest   string `json:"policy_digest"`
			Revision string `json:"policy_revision"`
			Action   string
			Alert    bool
		}
		if json.Unmarshal([]byte(line), &rec) != nil {
			continue // the last line is about the log
		}
		switch rec.Action {
		case "accept-policies":
			accepted++
			if of[rec.Revision] != rec.Digest {
				s.t.Errorf("accepted: %s with the digest %s", rec.Revision, rec.Digest)
			}
		case "refuse-policies":
			refused++
			if !rec.Alert {
				s.t.Errorf("no alert: %s", line)
			}
		case "view":
			decided[rec.Revision]++
			if of[rec.Revision] == "" || of[rec.Revision] != rec.Digest {
				s.t.Errorf("decided by %q with the digest %s", rec.Revision, rec.Digest)
			}
		}
	}
	if decided["first"] == 0 || decided["second"] == 0 {
		return 0, 0 // not all has come yet
	}
	return accepted, refused
}

// A broker whose releases are too old decides nothing where it is told so, and says so; when the
// place answers again it decides again.
func TestWhereTheReleasesAreTooOldNothingIsDecidedIfSoConfigured(t *testing.T) {
	p := newPublisher(t)
	p.put(p.good(policytest.Copied(t), 1, "first"))
	s := newSite(t, answering("x"), "releases {\n\t\t\tfrom "+p.site+"\n\t\t\ttrust "+p.trust+"\n\t\t\tevery 1s\n\t\t\ttoo_old 20s refuse\n\t\t}")
	s.start()
	ask := func() int {
		status, _, _, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), "")
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if got := ask(); got != http.StatusOK {
		t.Fatal(got)
	}
	away := filepath.Join(p.site, "away")
	if err := os.Rename(filepath.Join(p.site, release.Current), away); err != nil {
		t.Fatal(err)
	}
	s.follows("that it is too old", func(f following) bool { return f.Red["policies-release-too-old"] != "" })
	if got := ask(); got != http.StatusServiceUnavailable {
		t.Errorf("decided by what is too old: %d", got)
	}
	if status, text := s.ready(); status != http.StatusServiceUnavailable || !strings.Contains(text, "newer policies") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if err := os.Rename(away, filepath.Join(p.site, release.Current)); err != nil {
		t.Fatal(err)
	}
	s.follows("that it is not any more", func(f following) bool { return f.Red["policies-release-too-old"] == "" })
	if got := ask(); got != http.StatusOK {
		t.Errorf("the place answers again: %d", got)
	}
}
