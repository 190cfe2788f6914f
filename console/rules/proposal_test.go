package rules_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/proposal"
	"github.com/mycarerecord/mcr/decision/release/releasetest"
	"github.com/mycarerecord/mcr/policies"
)

// proposing is a room in which releases are approved and published.
type proposing struct {
	drafting
	keys  map[string]release.Key
	trust release.Trust
	place release.Place
	trail *told
	path  string
}

// told is the trail as the room tells it.
type told struct {
	actions []string
	records []*audit.Record
	err     error
}

func (r *told) Append(_ context.Context, rec *audit.Record) error {
	if r.err != nil {
		return r.err
	}
	r.actions, r.records = append(r.actions, rec.Action), append(r.records, rec)
	return nil
}

func newProposing(t *testing.T) *proposing {
	t.Helper()
	p := &proposing{keys: map[string]release.Key{}, place: release.Place(t.TempDir()), trail: &told{}, path: filepath.Join(t.TempDir(), "draft", "proposed.mcr")}
	people := releasetest.NewPeople(t)
	p.trust = people.Trust
	for _, key := range []release.Key{people.Ann, people.Ben, people.Publisher, people.Stranger} {
		p.keys[key.Name] = key
	}
	p.drafting = newDrafting(t, func(cfg *rules.Config) {
		cfg.Proposals = &rules.Proposals{Shelf: proposal.NewShelf(p.path), Trust: p.trust, Place: p.place, Recorder: p.trail}
	})
	p.who.Subject.UserID = "555"
	return p
}

// propose brings a draft with a change to where it is approved.
func (p *proposing) propose(t *testing.T, hours, serial string) {
	t.Helper()
	p.begun(t)
	const at = "/rules/draft/settings/permission.default_hours"
	p.done(t, at, p.form(t, at, "value", hours))
	form := p.form(t, "/rules/draft/propose", "serial", serial, "revision", "r"+serial, "author", "Priya Shah", "reason", "Hours: "+hours)
	p.goes(t, "/rules/draft/propose", form, "proposed")
	p.done(t, "/rules/draft/discard", url.Values{"saw": {p.now(t).Fingerprint()}, "sure": {"yes"}})
}

func (p *proposing) goes(t *testing.T, address string, form url.Values, done string) {
	t.Helper()
	status, body, header := p.post(t, address, form)
	if status != http.StatusSeeOther || header.Get("Location") != "/console/rules/proposal?done="+done {
		t.Fatal(address, status, header, body)
	}
	if status, _ := p.get(t, "/rules/proposal?done="+done); status != http.StatusOK {
		t.Fatal("the page to which it leads: ", status)
	}
}

var idField = regexp.MustCompile(`name="id" value="([0-9a-f]{64})"`)

func (p *proposing) id(t *testing.T) string {
	t.Helper()
	_, body := p.get(t, "/rules/proposal")
	found := idField.FindStringSubmatch(body)
	if found == nil {
		t.Fatal("nothing is proposed:", body)
	}
	return found[1]
}

// word is what a browser sends of somebody's key, by whose name it is said.
func (p *proposing) word(t *testing.T, does, key, by string) url.Values {
	t.Helper()
	id := p.id(t)
	status, body := p.get(t, "/rules/proposal/input?"+url.Values{"does": {does}, "id": {id}, "by": {by}}.Encode())
	var answer struct{ Input, At string }
	if status != http.StatusOK || json.Unmarshal([]byte(body), &answer) != nil {
		t.Fatal(status, body)
	}
	return url.Values{"id": {id}, "by": {by}, "at": {answer.At}, "signature": {es256(t, p.keys[key], answer.Input)}}
}

// es256 signs as RFC 7518, section 3.4, says, by Go's own ECDSA.
func es256(t *testing.T, k release.Key, input string) string {
	t.Helper()
	text, err := k.Private()
	if err != nil {
		t.Fatal(err)
	}
	var jwk struct{ D string }
	if err := json.Unmarshal(text, &jwk); err != nil {
		t.Fatal(err)
	}
	d, err := base64.RawURLEncoding.DecodeString(jwk.D)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func (p *proposing) refused(t *testing.T, address string, form url.Values, says string) {
	t.Helper()
	status, body, _ := p.post(t, address, form)
	if status < 400 {
		t.Errorf("%s %v was taken: %d", address, form, status)
	}
	wants(t, body, says)
}

// through brings what is proposed to where brokers find it.
func (p *proposing) through(t *testing.T) {
	t.Helper()
	for _, name := range []string{"ben", "ann"} {
		p.goes(t, "/rules/proposal/approve", p.word(t, "approve", name, name), "approved")
	}
	p.goes(t, "/rules/proposal/sign", p.word(t, "sign", "publisher", "publisher"), "signed")
	p.goes(t, "/rules/proposal/publish", url.Values{"id": {p.id(t)}}, "published")
}

// A change goes from the draft to where brokers find it, by two people's keys and the publisher's,
// and each step is in the trail before it is done.
func TestTwoPeopleApproveInTheBrowserAndItIsPublished(t *testing.T) {
	p := newProposing(t)
	_, body := p.get(t, "/rules/proposal")
	wants(t, body, "No release is proposed")
	p.propose(t, "12", "1")
	_, body = p.get(t, "/rules/proposal")
	wants(t, body, "r1, serial 1", "Hours: 12", "It passes", "All that changes", "Nobody yet.", "2 more people must approve it", "ann, ben", "Without JavaScript the key cannot be used here")

	const approve, sign, publish = "/rules/proposal/approve", "/rules/proposal/sign", "/rules/proposal/publish"
	p.refused(t, approve, p.word(t, "approve", "stranger", "stranger"), "has no key here that may")
	p.refused(t, approve, p.word(t, "approve", "publisher", "publisher"), "has no key here that may")
	p.refused(t, approve, p.word(t, "approve", "stranger", "ben"), "does not hold for this release")
	p.refused(t, approve, url.Values{"id": {p.id(t)}, "by": {"ben"}}, "Nothing was signed")
	p.refused(t, sign, p.word(t, "sign", "publisher", "publisher"), "two people must have approved it")
	p.refused(t, publish, url.Values{"id": {p.id(t)}}, "not signed")
	old := p.word(t, "approve", "ben", "ben")
	old.Set("at", "2026-03-02T09:00:00Z")
	p.refused(t, approve, old, "took too long")
	other := p.word(t, "approve", "ben", "ben")
	other.Set("id", strings.Repeat("0", 64))
	p.refused(t, approve, other, "Another release is proposed")

	p.trail.err = errors.New("the disk is full")
	p.refused(t, approve, p.word(t, "approve", "ben", "ben"), "Nothing was done")
	p.trail.err = nil
	if _, body = p.get(t, "/rules/proposal"); !strings.Contains(body, "Nobody yet.") {
		t.Error("approved, and the trail does not know")
	}

	// Both asked what to sign before either sent it.
	first, second := p.word(t, "approve", "ben", "ben"), p.word(t, "approve", "ann", "ann")
	p.goes(t, approve, first, "approved")
	p.refused(t, approve, first, "approved this release already")
	_, body = p.get(t, "/rules/proposal")
	wants(t, body, "1 more person must approve it, another than the first")
	p.goes(t, approve, second, "approved")
	p.refused(t, sign, p.word(t, "sign", "ben", "ben"), "may not sign")
	p.refused(t, sign, p.word(t, "sign", "stranger", "publisher"), "signature does not hold")
	_, body = p.get(t, "/rules/proposal")
	wants(t, body, "It is to be signed")
	p.goes(t, sign, p.word(t, "sign", "publisher", "publisher"), "signed")
	_, body = p.get(t, "/rules/proposal")
	wants(t, body, "By publisher.", "Publish it to all brokers")
	status, file := p.get(t, "/rules/proposal/release")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	p.goes(t, publish, url.Values{"id": {p.id(t)}}, "published")
	there, err := os.ReadFile(filepath.Join(string(p.place), release.Current))
	if err != nil || string(there) != file {
		t.Errorf("what brokers find is not what was looked at: %v", err)
	}
	one, err := release.Open(t.Context(), there, p.trust, 0, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal("a broker would not take it: ", err)
	}
	if text, err := fs.ReadFile(one.FS, settings); err != nil || !strings.Contains(string(text), `"default_hours": 12`) {
		t.Error(err)
	}
	if got, want := strings.Join(p.trail.actions, " "), "propose-policies approve-policies approve-policies sign-policies publish-policies"; got != want {
		t.Errorf("the trail was told %s, want %s", got, want)
	}
	for _, rec := range p.trail.records {
		rel, ok := rec.ReleaseOf()
		if !ok || rel.Serial != 1 || rec.UserID != "555" || rec.UserName != "Priya Shah" || rec.Source != audit.SourceConsole {
			t.Errorf("%s: %+v %+v", rec.Action, rec, rel)
		}
	}
	if rel, _ := p.trail.records[1].ReleaseOf(); rel.Key != "ben" {
		t.Errorf("whose key it was is not told: %+v", rel)
	}
}

// Earlier rules are brought back as a release with a new serial, which is approved as any other.
func TestEarlierRulesAreBroughtBack(t *testing.T) {
	p := newProposing(t)
	p.propose(t, "12", "1")
	p.through(t)
	p.begun(t)
	_, body := p.get(t, "/rules/draft/propose")
	wants(t, body, `name="serial" type="text" inputmode="numeric" value="2"`)
	p.done(t, "/rules/draft/discard", url.Values{"saw": {p.now(t).Fingerprint()}, "sure": {"yes"}})
	p.propose(t, "6", "2")
	p.refused(t, "/rules/proposal/again", url.Values{"serial": {"1"}, "reason": {"too short"}}, "Another release is proposed already")
	p.through(t)
	_, body = p.get(t, "/rules/proposal")
	wants(t, body, "r2, serial 2", "Bring these rules back: serial 1", "Approved by ben and ann")
	if strings.Contains(body, `value="2"`) {
		t.Error("what is current can be brought back")
	}
	p.refused(t, "/rules/proposal/again", url.Values{"serial": {"1"}, "reason": {" "}}, "Say why earlier rules are brought back")
	p.refused(t, "/rules/proposal/again", url.Values{"serial": {"9"}, "reason": {"x"}}, "No release was published here under the serial 9")
	p.goes(t, "/rules/proposal/again", url.Values{"serial": {"1"}, "reason": {"six hours are too few"}}, "proposed")
	_, body = p.get(t, "/rules/proposal")
	wants(t, body, "serial 3, which brings back the rules of serial 1", "six hours are too few")
	p.through(t)
	there, err := os.ReadFile(filepath.Join(string(p.place), release.Current))
	if err != nil {
		t.Fatal(err)
	}
	one, err := release.Open(t.Context(), there, p.trust, 2, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	if err != nil || one.Statement.Of != 1 {
		t.Fatal(err)
	}
}

var backOffer = regexp.MustCompile(`Bring these rules back<span class="nhsuk-u-visually-hidden">: serial (\d+)`)

// A release that is tried on some does not make the one in force an earlier one, and is none whose rules
// are brought back: they never were in force for all.
func TestATrialIsNotTheReleaseInForce(t *testing.T) {
	p := newProposing(t)
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	p.propose(t, "12", "1")
	p.through(t)
	tried := func(serial uint64, until time.Duration) {
		t.Helper()
		began := now.Add(-time.Hour)
		packed := releasetest.Made(t, policies.FS, release.Statement{
			Serial: serial, Revision: fmt.Sprint("trial ", serial), NotBefore: began, Expires: now.Add(until), Canary: &release.Canary{Sources: []string{"acute"}, Percent: 5, MostWorse: 2},
		}, began, []release.Key{p.keys["ann"], p.keys["ben"]}, p.keys["publisher"])
		if _, err := p.place.Publish(t.Context(), packed, p.trust, began, func(context.Context, fs.FS) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	page := func(back string, says ...string) {
		t.Helper()
		_, body := p.get(t, "/rules/proposal")
		wants(t, body, says...)
		var offered []string
		for _, found := range backOffer.FindAllStringSubmatch(body, -1) {
			offered = append(offered, found[1])
		}
		if got := strings.Join(offered, " "); got != back {
			t.Errorf("offered to be brought back are %q, want %q", got, back)
		}
	}
	const whose = " 5 % of persons at acute; taken back when more than 2 % come out worse; until "
	for serial := uint64(2); serial < 14; serial++ {
		tried(serial, 0)
	}
	page("", "r1, serial 1", "trial 13, serial 13", "Was tried"+whose+"2 March 2026, 10:00 GMT.")
	tried(14, time.Hour)
	page("", "r1, serial 1", "trial 14, serial 14", "On trial"+whose+"2 March 2026, 11:00 GMT. The history says which brokers try it")
	if err := os.Remove(filepath.Join(string(p.place), release.CanaryFile)); err != nil {
		t.Fatal(err)
	}
	page("", "Was tried"+whose+"2 March 2026, 11:00 GMT.")
	tried(15, time.Hour)
	p.propose(t, "6", "16")
	p.through(t)
	page("1", "r16, serial 16", "Was tried"+whose+"2 March 2026, 11:00 GMT.")
}

func TestAProposalIsTakenBack(t *testing.T) {
	p := newProposing(t)
	p.propose(t, "12", "1")
	id := p.id(t)
	p.refused(t, "/rules/proposal/withdraw", url.Values{"id": {id}}, "Tick the box")
	p.refused(t, "/rules/proposal/withdraw", url.Values{"id": {"0"}, "sure": {"yes"}}, "Another release is proposed")
	late := p.word(t, "approve", "ben", "ben")
	p.goes(t, "/rules/proposal/withdraw", url.Values{"id": {id}, "sure": {"yes"}}, "withdrawn")
	p.refused(t, "/rules/proposal/approve", late, "No release is proposed any more")
	if err := os.WriteFile(p.path, []byte("cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, body := p.get(t, "/rules/proposal")
	wants(t, body, "What is proposed cannot be read")
	p.goes(t, "/rules/proposal/withdraw", url.Values{"sure": {"yes"}}, "withdrawn")
}

// Who changed what is read from the trail, and where each broker is.
func TestTheHistorySaysWhoChangedTheRulesAndWhereTheyAreInForce(t *testing.T) {
	trail := new(trailtest.Memory)
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	one, two := audit.Release{Serial: 1, Revision: "first", Reason: "the beginning"}, audit.Release{Serial: 2, Revision: "second", Reason: "the ward asked for it", Approvals: []audit.Approval{{By: "Ann", At: at}, {By: "Ben", At: at}}}
	bad := audit.Release{Serial: 3, Revision: "third", Code: "not-approved", Fault: "1 of 2 people approved the release"}
	records := map[string][]*audit.Record{}
	add := func(broker, action, by string, rel audit.Release, after time.Duration) {
		rec := rel.Did(action, at.Add(after))
		rec.Broker, rec.UserName, rec.UserID, rec.Sequence = broker, by, by, uint64(len(records[broker])+1)
		records[broker] = append(records[broker], rec)
	}
	add("a", audit.AcceptAction, "", one, 0)
	add("b", audit.AcceptAction, "", one, time.Minute)
	approved := two
	approved.Key = "Ann"
	add("a", audit.ApproveAction, "ann", approved, 2*time.Minute)
	add("a", audit.AcceptAction, "", two, 3*time.Minute)
	add("a", audit.RefuseAction, "", bad, 4*time.Minute)
	trial := audit.Release{Serial: 4, Revision: "fourth", Canary: "5 % of persons at acute"}
	add("a", audit.TryAction, "", trial, 5*time.Minute)
	add("b", audit.TryAction, "", trial, 5*time.Minute)
	returned := trial
	returned.Fault = "6 of 50 came out worse"
	add("b", audit.ReturnAction, "", returned, 6*time.Minute)
	for broker, all := range records {
		if err := trail.Deliver(t.Context(), trailtest.Batch(t, broker, trailtest.Chain(all...))); err != nil {
			t.Fatal(err)
		}
	}
	m := open(t, func(cfg *rules.Config) { cfg.Trail = trail })
	status, body := m.get(t, "/rules/history")
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	wants(t, body, "second, serial 2", "Refused serial 3", "1 of 2 people approved the release", "Not the newest", "ann approved a release of the policies, with the key of Ann: second, serial 2.",
		"The broker b took a release of the policies into force: first, serial 1.", "Approved by Ann and Ben",
		`On trial</strong> serial 4, 5 % of persons at acute, since`, `Taken back</strong> serial 4`, "6 of 50 came out worse",
		"The broker b took a release of the policies on trial back, and went on by those in force: fourth, serial 4.", "On trial: 5 % of persons at acute.")
	if strings.Count(body, "On trial</strong>") != 1 || strings.Count(body, "Taken back</strong>") != 1 {
		t.Error("which broker tries a release, and which took it back, is mixed up")
	}
	if strings.Index(body, "The broker a refused") > strings.Index(body, "ann approved") {
		t.Error("the newest is not the first")
	}
}
