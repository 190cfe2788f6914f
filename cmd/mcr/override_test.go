package main_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var theFingerprint = regexp.MustCompile(`the set's fingerprint is ([0-9a-f]{64})`)

// override is the block of the Caddyfile.
func override(fingerprint, by, reason string, until time.Time) string {
	return fmt.Sprintf("policies_override {\n\t\t\tfingerprint %s\n\t\t\tby %q\n\t\t\treason %q\n\t\t\tuntil %s\n\t\t}", fingerprint, by, reason, until.UTC().Format(time.RFC3339))
}

const shortGrace = `"grace_days": 1`

// failing makes the folder hold a set that loads and whose cases fail, and gives its
// fingerprint as the refusal says it.
func (s *site) failing(folder string) string {
	s.t.Helper()
	change("data/settings.json", `"grace_days": 14`, shortGrace)(s.t, folder)
	out, err := s.run("validate", "--config", "Caddyfile")
	found := theFingerprint.FindStringSubmatch(out)
	if err == nil || found == nil {
		s.t.Fatalf("validate: %v\n%s", err, out)
	}
	return found[1]
}

// until waits for what the admin socket says.
func (s *site) until(what string, holds func(standing) bool) {
	s.t.Helper()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !holds(s.standing()) {
		select {
		case <-end.C:
			s.t.Fatalf("%s has not come after a minute: %s", what, s.told("/broker"))
		case <-tick.C:
		}
	}
}

// actions counts the records of the trail by action.
func (s *site) actions() map[string]int {
	s.t.Helper()
	out, err := s.run("audit", "tail", "--json", "--limit", "100000", "--trail", "data/trail.db", "--keys", "data/keys")
	if err != nil {
		s.t.Fatalf("mcr audit tail: %v\n%s", err, out)
	}
	all := map[string]int{}
	for line := range strings.Lines(out) {
		for _, action := range []string{"override-policies", "end-policies-override"} {
			if strings.Contains(line, `"action":"`+action+`"`) {
				all[action]++
				for _, want := range []string{`"user_id":"Dr A Name"`, "the ward cannot wait", `"alert":true`} {
					if !strings.Contains(line, want) {
						s.t.Errorf("the record lacks %s: %s", want, line)
					}
				}
			}
		}
	}
	return all
}

func (s *site) metrics() string {
	s.t.Helper()
	_, _, text, err := s.ask(http.MethodGet, "/metrics", "", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// Attack 154: the one way round is an override with a name, a reason, an end and the
// fingerprint of the one set that it is for: in the trail before anything is decided by it,
// red while it lasts, and over at its end, when the last good set is in force again.
func TestAttack154AnOverrideIsNamedRecordedRedAndEnds(t *testing.T) {
	s, folder := governed(t, "")
	s.start()
	good := s.standing().InForce
	begun := time.Now()
	mark := s.failing(folder)
	taken := time.Since(begun) // to judge the policies: a reload takes as long again
	text, err := os.ReadFile(filepath.Join(s.dir, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(block string) {
		t.Helper()
		write(t, filepath.Join(s.dir, "Caddyfile"), strings.Replace(string(text), "policies "+folder, "policies "+folder+"\n\t\t"+block, 1))
	}
	const by, reason = "Dr A Name", "the ward cannot wait for the new cases"
	for says, block := range map[string]string{
		"it is for the set":    override(strings.Repeat("0", 64), by, reason, time.Now().Add(time.Hour)),
		"seven days":           override(mark, by, reason, time.Now().Add(8*24*time.Hour)),
		"it ended at":          override(mark, by, reason, time.Now().Add(-time.Minute)),
		"say who":              override(mark, "", reason, time.Now().Add(time.Hour)),
		"say why":              override(mark, by, "...", time.Now().Add(time.Hour)),
		"give the 64 digits":   override("all", by, reason, time.Now().Add(time.Hour)),
		"is not a time":        "policies_override {\n\t\t\tfingerprint " + mark + "\n\t\t\tby x\n\t\t\treason \"for ever\"\n\t\t\tuntil never\n\t\t}",
		"give the time at whi": "policies_override {\n\t\t\tfingerprint " + mark + "\n\t\t\tby x\n\t\t\treason \"for ever\"\n\t\t}",
	} {
		with(block)
		if out, err := s.run("reload", "--config", "Caddyfile"); err == nil || !strings.Contains(out, says) {
			t.Errorf("%s: %v\n%s", says, err, out)
		}
	}
	if now := s.standing().InForce; now.Digest != good.Digest {
		t.Errorf("in force: %s", now.Digest)
	}

	until := time.Now().Add(max(40*time.Second, 10*taken)).Truncate(time.Second)
	with(override(mark, by, reason, until))
	done := s.asking()
	out, err := s.run("reload", "--config", "Caddyfile")
	if err != nil || !strings.Contains(out, "RED:") || !strings.Contains(out, by) {
		t.Fatalf("reload: %v\n%s", err, out)
	}
	now := s.standing()
	if now.InForce.Override == nil || now.InForce.Override.By != by || now.InForce.Digest == good.Digest || now.InForce.Fingerprint != mark {
		t.Errorf("in force: %+v", now.InForce)
	}
	if why := now.Red["policies-overridden"]; !strings.Contains(why, by) || !strings.Contains(why, reason) || !strings.Contains(why, "testdata/decisions/") {
		t.Errorf("what is red does not say who, why and what: %s", why)
	}
	if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, "by override") || strings.Contains(text, by) {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if text := s.metrics(); !strings.Contains(text, "mcr_policies_overridden 1") {
		t.Error("the metric does not say so")
	}
	// A restart within the time goes on with it, and is no second override in the trail.
	done()
	overridden := now.InForce.Digest
	s.stop()
	s.start()
	if now := s.standing(); now.InForce.Digest != overridden && time.Now().Before(until) {
		t.Errorf("after a restart %+v", now)
	}
	done = s.asking()
	<-time.After(time.Until(until)) // it ends then, and not before
	s.until("the end of the override", func(now standing) bool { return now.InForce.Override == nil })
	done()
	if time.Now().Before(until) {
		t.Error("it ended before its time")
	}
	now = s.standing()
	if now.InForce.Digest != good.Digest || now.Red["policies-last-good"] == "" {
		t.Errorf("after the end: %+v", now)
	}
	done = s.asking()
	s.until("the record of the end", func(standing) bool {
		return strings.Contains(s.said.String(), "the override of the policies has ended")
	})
	done()
	if text := s.metrics(); !strings.Contains(text, "mcr_policies_overridden 0") || !strings.Contains(text, "mcr_policies_last_good 1") {
		t.Error("the metrics do not say that it has ended")
	}
	s.stop()
	if got := s.actions(); got["override-policies"] != 1 || got["end-policies-override"] != 1 {
		t.Errorf("records of the override: %v", got)
	}
	for digest, n := range s.digests() {
		if digest != good.Digest && digest != overridden {
			t.Errorf("%d requests were decided by %q", n, digest)
		}
	}
	// Its end holds at the next start, too.
	s.start()
	if now := s.standing(); now.InForce.Digest != good.Digest || now.InForce.LastGood == "" {
		t.Errorf("started again after the end: %+v", now)
	}
}

// Whoever writes into the data folder what the broker remembers of an override cannot keep
// the override out of the trail.
func TestAForgedMemoryOfAnOverrideDoesNotKeepItOutOfTheTrail(t *testing.T) {
	s, folder := governed(t, "")
	mark := s.failing(folder)
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	s.change("policies "+folder, "policies "+folder+"\n\t\t"+override(mark, "Dr A Name", "the ward cannot wait", until))
	forged := fmt.Sprintf(`{"override":{"fingerprint":%q,"by":"Dr A Name","reason":"the ward cannot wait","until":%q},"mac":"AAAA"}`, mark, until.UTC().Format(time.RFC3339))
	write(t, filepath.Join(s.dir, "data", "verdicts", "override.json"), forged)
	s.start()
	if now := s.standing().InForce; now.Override == nil {
		t.Errorf("the override is not in effect: %+v", now)
	}
	s.stop()
	if got := s.actions(); got["override-policies"] != 1 || got["end-policies-override"] != 0 {
		t.Errorf("records of the override: %v", got)
	}
}

// Attack 154: an override that ends where there is no good set to go back to leaves nothing
// in force: every request is refused, and health is red.
func TestAttack154AnOverrideThatEndsWithoutAGoodSetRefusesAll(t *testing.T) {
	s, folder := governed(t, "")
	begun := time.Now()
	mark := s.failing(folder)
	// A start judges the policies too: it must be over on a slow machine as well.
	until := time.Now().Add(max(30*time.Second, 10*time.Since(begun))).Truncate(time.Second)
	s.change("policies "+folder, "policies "+folder+"\n\t\t"+override(mark, "Dr A Name", "the ward cannot wait", until))
	s.start()
	own := s.token("u1", "RZ1")
	asks := func() int {
		t.Helper()
		status, _, _, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, "")
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := asks(); status != http.StatusOK && time.Now().Before(until) {
		t.Errorf("while it lasts: %d", status)
	}
	<-time.After(time.Until(until))
	s.until("the end", func(now standing) bool { return now.Wrong["policies"] != "" })
	if status := asks(); status != http.StatusServiceUnavailable {
		t.Errorf("after its end: %d", status)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _, text, err := s.ask(http.MethodGet, path, "", ""); err != nil || status != http.StatusServiceUnavailable || !strings.Contains(text, "nothing can be decided") {
			t.Errorf("%s: %d %v %s", path, status, err, text)
		}
	}
	if text := s.metrics(); !strings.Contains(text, `mcr_policies_unclear_total{cause="none-in-force"} 1`) || !strings.Contains(text, "mcr_policies_decide 0") {
		t.Error("the metrics do not say so")
	}
	s.stop()
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "it ended at") {
		t.Errorf("it starts again: %v\n%s", err, out)
	}
	// What does not load is in force for nobody.
	change("rules/opt_out/opt_out.rego", "deny contains", "deny contains contains")(t, folder)
	if out, err := s.run("run", "--config", "Caddyfile"); err == nil || !strings.Contains(out, "do not load") {
		t.Errorf("malformed policies: %v\n%s", err, out)
	}
}

// Health says that the folder holds something else than what is in force, and that the broker
// serves all the same.
func TestAFolderThatChangedWithoutAReloadIsSaid(t *testing.T) {
	s, folder := governed(t, "")
	s.start()
	if now := s.standing(); len(now.Red) > 0 {
		t.Fatalf("red from the start: %v", now.Red)
	}
	change("data/settings.json", `"minutes": 60`, `"minutes": 30`)(t, folder)
	s.until("that the folder differs", func(now standing) bool { return now.Red["policies-folder"] != "" })
	if status, text := s.ready(); status != http.StatusOK || !strings.Contains(text, "something else than what is in force") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	out, err := s.run("reload", "--config", "Caddyfile")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"In force now: policies local-", "digest ", ", by ", "Longest emergency, in minutes: 60 → 30", "Nothing that differs lets out more."} {
		if !strings.Contains(out, want) {
			t.Errorf("the reload does not say %q:\n%s", want, out)
		}
	}
	if now := s.standing(); len(now.Red) > 0 {
		t.Errorf("red after the reload: %v", now.Red)
	}
}
