package rules_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/draft"
)

// drafting is a room in which a draft can be kept, over a small folder that is in force.
type drafting struct {
	*room
	desk *draft.Desk
	path string
}

func newDrafting(t *testing.T, change func(*rules.Config)) drafting {
	t.Helper()
	path := filepath.Join(t.TempDir(), "draft", "draft.json")
	d := drafting{desk: draft.NewDesk(path), path: path}
	now := few(t, "testdata/decisions/emergency_on.yaml")
	rev, err := decision.Load(t.Context(), now, decision.Options{Revision: "2026-03-02.1"})
	if err != nil {
		t.Fatal(err)
	}
	d.room = open(t, func(cfg *rules.Config) {
		cfg.FS, cfg.Candidate, cfg.InForce, cfg.Engine, cfg.Desk = now, now, inForce(now), decision.NewEngine(rev), d.desk
		cfg.Clock = func() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }
		if change != nil {
			change(cfg)
		}
	})
	d.who.Subject.Name, d.who.Areas = "Priya Shah", page.Areas{Rules: true, Trail: true}
	return d
}

func (d drafting) begun(t *testing.T) drafting {
	t.Helper()
	d.done(t, "/rules/draft", url.Values{})
	return d
}

// done posts a form that is taken.
func (d drafting) done(t *testing.T, address string, form url.Values) {
	t.Helper()
	status, body, header := d.post(t, address, form)
	if status != http.StatusSeeOther || !strings.HasPrefix(header.Get("Location"), "/console/rules/draft?done=") {
		t.Fatal(address, status, body)
	}
}

func (d drafting) now(t *testing.T) *draft.Draft {
	t.Helper()
	one, err := d.desk.Draft()
	if err != nil {
		t.Fatal(err)
	}
	return one
}

var sawField = regexp.MustCompile(`name="saw" value="([0-9a-f]+)"`)

// form is what a page's form carries, with what was typed.
func (d drafting) form(t *testing.T, address string, typed ...string) url.Values {
	t.Helper()
	status, body := d.get(t, address)
	saw := sawField.FindStringSubmatch(body)
	if status != http.StatusOK || saw == nil {
		t.Fatal(address, status, body)
	}
	form := url.Values{"saw": {saw[1]}}
	for i := 0; i < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	return form
}

func TestADraftIsBegunChangedLookedAtAndThrownAway(t *testing.T) {
	d := newDrafting(t, nil)
	_, body := d.get(t, "/rules/draft")
	wants(t, body, "There is no draft", "in force nowhere", "Begin a draft")
	d.begun(t)
	_, body = d.get(t, "/rules/draft?done=begun")
	wants(t, body, "The draft was begun.", "Begun by Priya Shah on 2 March 2026", "Nothing yet.", "It passes", "last month’s requests")

	const at = "/rules/draft/settings/emergency.minutes"
	d.done(t, at, d.form(t, at, "value", "90"))
	_, body = d.get(t, "/rules/draft")
	wants(t, body, "Longest emergency, in minutes: 90 instead of 60", "Priya Shah, 2 March 2026", "Take the last change back: Longest emergency")
	if text := d.now(t).Text(settings); !strings.Contains(text, `"minutes": 90`) {
		t.Error(text)
	}
	_, body = d.get(t, "/rules/next")
	wants(t, body, "This page judges the draft", "Setting: Longest emergency, in minutes: 60 → 90")
	_, body = d.get(t, "/rules") // the book is of what is in force
	if strings.Contains(body, ">90<") {
		t.Error("the draft is shown as in force")
	}

	d.done(t, "/rules/draft/undo", d.form(t, "/rules/draft"))
	if len(d.now(t).Changes) != 0 {
		t.Error("the change is still there")
	}
	form := d.form(t, "/rules/draft")
	if status, body, _ := d.post(t, "/rules/draft/discard", form); status != http.StatusUnprocessableEntity || !d.desk.There() {
		t.Error("it was thrown away by a slip", body)
	}
	form.Set("sure", "yes")
	d.done(t, "/rules/draft/discard", form)
	if d.desk.There() {
		t.Error("it is still there")
	}
}

// What is sent to a draft that is gone is not taken for saved.
func TestWhoChangesADraftThatIsGoneIsTold(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const at = "/rules/draft/settings/emergency.minutes"
	mine, away := d.form(t, at, "value", "90"), d.form(t, "/rules/draft", "sure", "yes")
	for range 2 { // the button was pressed twice
		d.done(t, "/rules/draft/discard", away)
	}
	status, body, _ := d.post(t, at, mine)
	if status != http.StatusConflict {
		t.Error(status)
	}
	wants(t, body, "There is no draft any more", "What you sent was not saved")
}

// A change that was made and taken back while another was being made does not come back with that.
func TestAChangeThatIsTakenBackMeanwhileStaysAway(t *testing.T) {
	var meanwhile func()
	d := newDrafting(t, func(cfg *rules.Config) {
		clock := cfg.Clock
		cfg.Clock = func() time.Time {
			if meanwhile != nil {
				meanwhile()
			}
			return clock()
		}
	}).begun(t)
	const minutes, hours = "/rules/draft/settings/emergency.minutes", "/rules/draft/settings/permission.default_hours"
	mine := d.form(t, minutes, "value", "90")
	d.done(t, hours, d.form(t, hours, "value", "12"))
	theirs := d.now(t).Fingerprint()
	meanwhile = func() {
		if err := d.desk.Undo(theirs); err != nil {
			t.Error(err)
		}
		meanwhile = nil
	}
	status, body, _ := d.post(t, minutes, mine)
	if meanwhile != nil {
		meanwhile()
	}
	if status != http.StatusConflict || strings.Contains(d.now(t).Text(settings), `"default_hours": 12`) {
		t.Error(status, body)
	}
}

// What whoever writes the rules changes meanwhile is not in the draft, and a release would take it back.
func TestADraftSaysThatWhatItBeganWithWasChanged(t *testing.T) {
	folder := few(t, "testdata/decisions/emergency_on.yaml")
	d := newDrafting(t, func(cfg *rules.Config) { cfg.Candidate = folder }).begun(t)
	const says = "The policies were changed since this draft was begun"
	if _, body := d.get(t, "/rules/draft"); strings.Contains(body, says) {
		t.Error("it says so of a folder that is as it was")
	}
	folder["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(d.now(t).Text(settings), `"minutes": 60`, `"minutes": 90`, 1))}
	for _, address := range []string{"/rules/draft", "/rules/draft/propose"} {
		_, body := d.get(t, address)
		wants(t, body, says)
	}
	const at = "/rules/draft/settings/emergency.minutes"
	d.done(t, at, d.form(t, at, "value", "90"))
	if _, body := d.get(t, "/rules/draft"); strings.Contains(body, says) {
		t.Error("it says so of a folder that holds what the draft holds")
	}
}

func TestADraftIsBegunOnceAndWhoIsSecondIsTold(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	if _, _, header := d.post(t, "/rules/draft", url.Values{}); header.Get("Location") != "/console/rules/draft?done=there" {
		t.Error(header)
	}
	_, body := d.get(t, "/rules/draft?done=there")
	wants(t, body, "There was a draft already")
}

func TestOfTwoWhoChangeADraftAtOnceOneIsTold(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const at = "/rules/draft/settings/emergency.minutes"
	mine, theirs := d.form(t, at, "value", "90"), d.form(t, at, "value", "30")
	d.done(t, at, theirs)
	for address, form := range map[string]url.Values{
		at: mine, "/rules/draft/undo": mine, "/rules/draft/discard": {"saw": mine["saw"], "sure": {"yes"}},
		"/rules/draft/lists/roles/emergency": {"saw": mine["saw"], "entry": {"R8002"}},
	} {
		status, body, _ := d.post(t, address, form)
		if status != http.StatusConflict {
			t.Errorf("%s: %d", address, status)
		}
		wants(t, body, "The draft was changed meanwhile")
	}
	if len(d.now(t).Changes) != 1 {
		t.Error(d.now(t).Changes)
	}
}

func TestWithoutADraftItsPagesLeadToWhereOneIsBegun(t *testing.T) {
	d := newDrafting(t, nil)
	for _, address := range []string{"/settings", "/settings/emergency.minutes", "/lists", "/lists/roles/emergency", "/cases", "/cases/x.yaml", "/propose"} {
		status, _, header := d.do(t, request("/rules/draft"+address))
		if status != http.StatusSeeOther || header.Get("Location") != "/console/rules/draft" {
			t.Error(address, status)
		}
	}
	if d.desk.There() {
		t.Error("a look began a draft")
	}
	none := open(t, func(cfg *rules.Config) { cfg.FS = few(t, "testdata/decisions/opt_out.yaml") })
	_, body := none.get(t, "/rules/draft")
	wants(t, body, "No draft is kept here")
	if status, _ := none.get(t, "/rules/draft/settings"); status != http.StatusNotFound {
		t.Error(status)
	}
}

func TestADraftThatCannotBeReadIsNotPassedOver(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	if err := os.WriteFile(d.path, []byte(`{"format":1,`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, body := d.get(t, "/rules/draft")
	wants(t, body, "The draft cannot be read", "cut off")
	for _, address := range []string{"/rules/next", "/rules/draft/settings", "/rules/draft/propose"} {
		if status, body := d.get(t, address); status != http.StatusInternalServerError {
			t.Error(address, status)
		} else {
			wants(t, body, "The draft cannot be read or kept")
		}
	}
	d.done(t, "/rules/draft/discard", url.Values{"saw": {""}, "sure": {"yes"}})
	if d.desk.There() {
		t.Error("it is still there")
	}
}
