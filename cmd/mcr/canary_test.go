package main_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/durable"
)

// closing are the shipped policies with a rule that refuses everybody of an organisation.
func closing(t *testing.T, organisation string) fs.FS {
	t.Helper()
	all := policytest.Copied(t)
	rule := strings.NewReplacer("looked_into", "agreements", `input.subject.user_id == "u2"`, `input.subject.organisation == "`+organisation+`"`,
		`"looked-into", "alert": true`, `"opted-out"`, "looked-into", "opted-out").Replace(ownShut)
	test := strings.NewReplacer("looked_into", "agreements", `{"user_id": "u2"}`, `{"organisation": "`+organisation+`"}`, `{"user_id": "u1"}`, `{"organisation": "RXA01"}`,
		`"looked-into", "alert": true`, `"opted-out"`).Replace(ownShutTest)
	all["rules/agreements/agreements.rego"] = &fstest.MapFile{Data: []byte(rule)}
	all["rules/agreements/agreements_test.rego"] = &fstest.MapFile{Data: []byte(test)}
	return all
}

// A release on trial decides the requests that it is for and no others, is taken back by itself when they
// come out worse, for good, and ends with the next release for all.
func TestAReleaseIsTriedOnSomeRequests(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	p.put(p.good(policytest.Copied(t), 1, "first"))
	address, _ := p.serve()
	s := newSite(t, answering("x"), "releases {\n\t\t\tfrom "+address+"\n\t\t\ttrust "+p.trust+"\n\t\t\tevery 1s\n\t\t}")
	s.start()
	closed := closing(t, "RZ1")
	tried := func(serial uint64, c release.Canary) {
		t.Helper()
		packed := p.made(closed, release.Statement{Serial: serial, Revision: fmt.Sprint("trial ", serial), Canary: &c, Expires: time.Now().Add(time.Hour)}, []release.Key{p.Ann, p.Ben}, p.Publisher)
		if err := durable.Replace(filepath.Join(p.site, release.CanaryFile), packed); err != nil {
			t.Fatal(err)
		}
		s.comes(fmt.Sprint("trial ", serial), func() bool { return strings.Contains(s.told("/broker"), fmt.Sprintf(`"revision":"trial %d"`, serial)) })
	}
	view := func(user string) int {
		t.Helper()
		status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token(user, "RZ1"), "")
		if err != nil || status != http.StatusOK && (status != http.StatusForbidden || !strings.Contains(text, "opted-out")) {
			t.Fatalf("%d %v %s", status, err, text)
		}
		return status
	}

	tried(2, release.Canary{Sources: []string{"gp"}, Percent: 100})
	if view("u1") != http.StatusOK {
		t.Error("a trial at another source decides here")
	}

	half := release.Canary{Sources: []string{"acute"}, Percent: 50, MostWorse: 100}
	tried(3, half)
	refused := 0
	for n := range 40 {
		user := fmt.Sprint("u", n)
		want := http.StatusOK
		if half.Takes(3, "acute", user) {
			want = http.StatusForbidden
			refused++
		}
		if got := view(user); got != want {
			t.Errorf("%s: %d, wanted %d", user, got, want)
		}
	}
	if refused < 8 || refused > 32 {
		t.Errorf("%d of 40 persons are tried on", refused)
	}
	if text := s.metrics(); !strings.Contains(text, fmt.Sprintf(`mcr_policies_canary_decisions_total{result="worse"} %d`, refused)) || !strings.Contains(text, "mcr_policies_canary_serial 3") {
		t.Error("the metrics do not say what the trial decided")
	}
	if out, err := s.run("policy", "status", "--config", "Caddyfile"); err != nil || !strings.Contains(out, "on trial: serial 3") || !strings.Contains(out, fmt.Sprintf("it decided %d views: %d worse", refused, refused)) {
		t.Errorf("mcr policy status: %v\n%s", err, out)
	}

	tried(4, release.Canary{Percent: 100, MostWorse: 10})
	worse := 0
	for view("u1") == http.StatusForbidden {
		if worse++; worse > 10 {
			t.Fatal("it is not taken back")
		}
	}
	if worse != 6 { // more than a tenth of fifty
		t.Errorf("%d came out worse before it was taken back", worse)
	}
	back := func(when string) {
		t.Helper()
		s.comes(when, func() bool {
			now := s.following()
			return strings.Contains(now.Red["policies-canary-back"], "6 of 6 requests that the rules in force permit came out as a refusal")
		})
		if view("u1") != http.StatusOK {
			t.Errorf("%s: it decides still", when)
		}
	}
	back("that it is taken back")
	if !strings.Contains(s.metrics(), "mcr_policies_canary_back 1") {
		t.Error("no metric says that it was taken back")
	}
	if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, "a release of the policies on trial was taken back") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	s.comes("the record", func() bool {
		out := s.ran("audit", "tail", "--json", "--limit", "1000", "--trail", "data/trail.db", "--keys", "data/keys")
		return strings.Count(out, `"action":"try-policies"`) == 3 && strings.Count(out, `"action":"return-policies"`) == 1 &&
			strings.Count(out, `"policy_revision":"trial 4"`) == 6+2
	})
	for line := range strings.Lines(s.ran("audit", "tail", "--json", "--limit", "1000", "--trail", "data/trail.db", "--keys", "data/keys")) {
		if tells := strings.Contains(line, `"action":"try-policies"`) || strings.Contains(line, `"action":"return-policies"`); tells && !strings.Contains(line, `"from":"`+address+`"`) {
			t.Errorf("it is not told where it was had from: %s", line)
		}
	}
	s.kill()
	s.start()
	back("after a kill")

	// One for all where one for some belongs is refused, and seen.
	if err := durable.Replace(filepath.Join(p.site, release.CanaryFile), p.good(closed, 5, "whole")); err != nil {
		t.Fatal(err)
	}
	s.comes("that it is misplaced", func() bool {
		return strings.Contains(s.following().Red["policies-release-refused"], "stands where one for some belongs")
	})

	tried(6, release.Canary{Percent: 100, MostWorse: 100})
	if view("u1") != http.StatusForbidden {
		t.Error("the next trial decides nothing")
	}
	s.kill()
	s.start()
	if view("u1") != http.StatusForbidden {
		t.Error("after a kill the trial decides nothing")
	}
	p.put(p.good(policytest.Copied(t), 7, "seventh"))
	s.follows("the next for all", func(f following) bool { return f.InForce.Release.Serial == 7 })
	if view("u1") != http.StatusOK {
		t.Error("a trial that was overtaken decides still")
	}
	s.comes("that nothing is red", func() bool { return len(s.following().Red) == 0 && !strings.Contains(s.told("/broker"), `"canary"`) })
}
