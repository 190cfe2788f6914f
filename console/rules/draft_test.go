package rules_test

import (
	"bytes"
	"fmt"
	"io/fs"
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
	"github.com/mycarerecord/mcr/decision/release"
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

func TestEverySettingIsChangedAsItsKindAsks(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	for _, c := range []struct{ at, value, want, says string }{
		{"emergency.enabled", "true", `"enabled": true`, "Emergency access is in use: yes instead of no"},
		{"own_record.without_registry", "false", `"without_registry": false`, "yes"},
		{"permission.default_hours", " +012 ", `"default_hours": 12,`, "12 instead of 24"},
		{"permission.ways_to_ask", "in-person\r\n\r\nletter\r\n", `"ways_to_ask": ["in-person", "letter"]`, "in-person, letter instead of in-person, telephone, video"},
		{"emergency.reasons.safeguarding", "A child < 18 is \"at risk\"", `"safeguarding": "A child < 18 is \"at risk\""`, "“A child < 18"},
	} {
		address := "/rules/draft/settings/" + c.at
		d.done(t, address, d.form(t, address, "value", c.value))
		if text := d.now(t).Text(settings); !strings.Contains(text, c.want) {
			t.Errorf("%s: %s", c.at, text)
		}
		_, body := d.get(t, "/rules/draft")
		wants(t, body, c.says)
	}
	_, body := d.get(t, "/rules/draft/settings")
	wants(t, body, "Emergency access is in use", "Change Emergency access is in use", "Reasons for an emergency: put entries in")
	for _, c := range [][3]string{
		{"emergency.enabled", "perhaps", "Say yes or no"}, {"emergency.minutes", "soon", "a whole number"}, {"emergency.minutes", "", "a whole number"},
		{"permission.ways_to_ask", "letter\nletter", "letter is there twice"}, {"emergency.reasons.safeguarding", "", "Write something"},
		{"emergency.reasons.safeguarding", "x\u202ey", "characters that cannot be seen"}, {"permission.ways_to_ask", "letter\tvideo", "characters that cannot be seen"},
	} {
		address := "/rules/draft/settings/" + c[0]
		form, before := d.form(t, address, "value", c[1]), d.now(t).Fingerprint()
		status, body, _ := d.post(t, address, form)
		if status != http.StatusUnprocessableEntity || d.now(t).Fingerprint() != before {
			t.Errorf("%s %q: %d", c[0], c[1], status)
		}
		wants(t, body, "There is a problem", c[2])
		if got := sawField.FindStringSubmatch(body); got == nil || got[1] != form.Get("saw") {
			t.Error("what was seen is lost")
		}
	}
	for _, at := range []string{"nothing", "source", "emergency", "emergency.reasons", "permission.ways_to_ask.0"} {
		if status, _ := d.get(t, "/rules/draft/settings/"+at); status != http.StatusNotFound {
			t.Errorf("%s: %d", at, status)
		}
	}
}

func TestEntriesOfListsArePutInAndTakenOut(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	for _, c := range []struct{ list, entry, words, file, holds string }{
		{"roles/never_elsewhere", "R0099", "Clerical", "data/roles.json", `"R0099": "Clerical"`},
		{"roles/emergency", "R8002", "", "data/roles.json", `"R8002": true`},
		{"categories/routine_gp", "genomics", "", "data/categories.json", `"genomics"`},
		{"codes/imaging-loinc", "99999-9", "A new scan", "data/codes/imaging-loinc.json", `"99999-9": "A new scan"`},
		{"settings/emergency.reasons", "lost", "The patient is lost", settings, `"lost": "The patient is lost"`},
	} {
		address := "/rules/draft/lists/" + c.list
		was := d.now(t).Text(c.file)
		d.done(t, address, d.form(t, address, "entry", c.entry, "words", c.words))
		if text := d.now(t).Text(c.file); !strings.Contains(text, c.holds) || text == was {
			t.Errorf("%s is not in", c.list)
		}
		form := d.form(t, address, "entry", c.entry, "words", c.words)
		_, body, _ := d.post(t, address, form)
		wants(t, body, c.entry+" is on the list already")
		d.done(t, address, d.form(t, address, "out", c.entry))
		if text := d.now(t).Text(c.file); text != was {
			t.Errorf("%s does not come back", c.list)
		}
	}
	_, body := d.get(t, "/rules/draft")
	wants(t, body, "Roles that never see records of other organisations: R0099 (Clerical) put in", "R0099 (Clerical) taken out")
	_, body = d.get(t, "/rules/draft/lists")
	wants(t, body, "What a patient's own GP practice routinely sees", "have entries of several parts", "Which entry belongs to which category")

	for _, form := range []url.Values{
		d.form(t, "/rules/draft/lists/roles/never_elsewhere", "entry", "", "words", "x"),
		d.form(t, "/rules/draft/lists/roles/never_elsewhere", "entry", "R0099", "words", ""),
	} {
		if status, body, _ := d.post(t, "/rules/draft/lists/roles/never_elsewhere", form); status != http.StatusUnprocessableEntity {
			t.Error(status, body)
		}
	}
	for _, c := range [][3]string{{"R8002\u200b", "Nurse", "entry"}, {"R80\t02", "Nurse", "entry"}, {"R8002", "Nurse\u00a0Manager", "words"}} {
		status, body, _ := d.post(t, "/rules/draft/lists/roles/never_elsewhere", d.form(t, "/rules/draft/lists/roles/never_elsewhere", "entry", c[0], "words", c[1]))
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", c, status)
		}
		wants(t, body, "characters that cannot be seen", `aria-describedby="`+c[2]+`-error"`)
	}
	if status, _, _ := d.post(t, "/rules/draft/lists/roles/never_elsewhere", d.form(t, "/rules/draft", "out", "R9999")); status != http.StatusConflict {
		t.Error("what is not there was taken out", status)
	}
	before := d.now(t).Fingerprint()
	if status, _, _ := d.post(t, "/rules/draft/lists/categories/rules", d.form(t, "/rules/draft", "entry", "x", "words", "y z")); status != http.StatusUnprocessableEntity || d.now(t).Fingerprint() != before {
		t.Error("a list of several parts was changed", status)
	}
	for _, at := range []string{"roles/nothing", "nothing/x", "settings/emergency.minutes", "roles/source", "codes/nothing", "codes/..%2Froles", "..%2Fx/y"} {
		if status, _ := d.get(t, "/rules/draft/lists/"+at); status != http.StatusNotFound {
			t.Errorf("%s: %d", at, status)
		}
	}
}

func TestACaseIsTriedPutInAndChanged(t *testing.T) {
	d := newDrafting(t, nil)
	_, body := d.get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	form.Set("name", "A consultant who did not ask")
	_, body, _ = d.post(t, "/rules/try", form)
	text := regexp.MustCompile(`(?s)action="/console/rules/draft/cases".*?name="text" value="([^"]*)"`).FindStringSubmatch(body)
	if text == nil {
		t.Fatal(body)
	}
	case1 := url.Values{"text": {unescaped(text[1])}}
	d.done(t, "/rules/draft/cases", case1) // it begins the draft
	const file = "a_consultant_who_did_not_ask.yaml"
	if !strings.Contains(d.now(t).Text("testdata/decisions/"+file), "decision: refuse") {
		t.Error(d.now(t).Changes)
	}
	d.done(t, "/rules/draft/cases", case1) // the button was pressed twice
	if n := len(d.now(t).Changes); n != 1 {
		t.Errorf("%d changes", n)
	}
	other := url.Values{"text": {strings.Replace(case1.Get("text"), "RXA01", "RXA02", 1)}}
	if status, body, _ := d.post(t, "/rules/draft/cases", other); status != http.StatusConflict {
		t.Error("it was written over", status, body)
	}
	_, body = d.get(t, "/rules/draft/cases")
	wants(t, body, file, "emergency_on.yaml")
	_, body = d.get(t, "/rules/draft")
	wants(t, body, "A case more: A consultant who did not ask", "It passes")

	address := "/rules/draft/cases/" + file
	changed := strings.Replace(d.now(t).Text("testdata/decisions/"+file), "permission-needed", "opted-out", 1)
	d.done(t, address, d.form(t, address, "text", strings.ReplaceAll(changed, "\n", "\r\n")))
	if d.now(t).Text("testdata/decisions/"+file) != changed {
		t.Error("it is not what was typed")
	}
	_, body = d.get(t, "/rules/draft")
	wants(t, body, "It does not pass")
	_, body, _ = d.post(t, address, d.form(t, address, "text", "cases: ["))
	wants(t, body, "There is a problem", "cases: [")
	for _, file := range []string{"nothing.yaml", "..%2F..%2Fdecision.rego", "..%2F..%2Fdata%2Fsettings.json"} {
		if status, _ := d.get(t, "/rules/draft/cases/"+file); status != http.StatusNotFound {
			t.Errorf("%s: %d", file, status)
		}
	}
}

// Who begins a draft with a case while somebody else begins one puts it into theirs.
func TestACasePutInGoesIntoTheDraftThatSomebodyElseBeginsMeanwhile(t *testing.T) {
	var d drafting
	begin := false
	d = newDrafting(t, func(cfg *rules.Config) {
		clock, from := cfg.Clock, cfg.FS
		cfg.Clock = func() time.Time {
			if begin {
				begin = false
				if _, err := d.desk.Begin(from, "Sam", clock()); err != nil {
					t.Error(err)
				}
			}
			return clock()
		}
	})
	_, body := d.get(t, "/rules/try/text")
	text := regexp.MustCompile(`(?s)<textarea[^>]*>\n(.*?)</textarea>`).FindStringSubmatch(body)
	begin = true
	d.done(t, "/rules/draft/cases", url.Values{"text": {unescaped(text[1])}})
	if one := d.now(t); one.By != "Sam" || len(one.Changes) != 1 {
		t.Error(one.By, one.Changes)
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

// A file of cases keeps its line ends, and who is too late does not lose a long text.
func TestACaseFileKeepsItsLineEndsAndWhoIsLateTheirText(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const file, address = "testdata/decisions/emergency_on.yaml", "/rules/draft/cases/emergency_on.yaml"
	text := strings.ReplaceAll(d.now(t).Text(file), "\n", "\r\n")
	if err := d.desk.Change(d.now(t).Fingerprint(), draft.Change{By: "Sam", What: "line ends", File: file, Text: text}); err != nil {
		t.Fatal(err)
	}
	mine := d.form(t, address, "text", text+"# mine\r\n")
	d.done(t, address, d.form(t, address, "text", text+"# theirs\r\n"))
	if d.now(t).Text(file) != text+"# theirs\r\n" {
		t.Error("its line ends are others")
	}
	status, body, _ := d.post(t, address, mine)
	if status != http.StatusConflict || d.now(t).Text(file) != text+"# theirs\r\n" {
		t.Error(status)
	}
	wants(t, body, "since you opened this page", "# mine", mine.Get("saw"))
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

// A list from which all is taken out is still the list that it was: its next role holds, and has no words.
func TestAnEmptiedListKeepsItsKind(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const address = "/rules/draft/lists/roles/emergency"
	for _, role := range []string{"R0050", "R0260", "R8000", "R8001", "R8003", "R8016"} {
		d.done(t, address, d.form(t, address, "out", role))
	}
	d.done(t, address, d.form(t, address, "entry", "R8002"))
	if text := d.now(t).Text("data/roles.json"); !strings.Contains(text, `"R8002": true`) {
		t.Error(text)
	}
}

// A setting is found by its names, whatever stands in them; a part of the settings is no list.
func TestSettingsOfOddNamesAndPartsAreChangedAsTheyAre(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	odd := `{"a": {"b.c/d": "was", "deeper": {"days": 3, "n": null, "half": 0.5}}}`
	if err := d.desk.Change(d.now(t).Fingerprint(), draft.Change{By: "Sam", What: "odd", File: settings, Text: odd}); err != nil {
		t.Fatal(err)
	}
	_, body := d.get(t, "/rules/draft/settings")
	if strings.Contains(body, "put entries in") {
		t.Error("a part of the settings is offered as a list")
	}
	const at = "/rules/draft/settings/a.b.c%2Fd"
	d.done(t, at, d.form(t, at, "value", "is"))
	if text := d.now(t).Text(settings); text != strings.Replace(odd, "was", "is", 1) {
		t.Error(text)
	}
}

// Who proposes while it is judged still does not type it all again.
func TestWhatIsTypedOfAReleaseIsKeptWhileTheDraftIsJudged(t *testing.T) {
	d := newDrafting(t, func(cfg *rules.Config) { cfg.Moment = time.Nanosecond }).begun(t)
	_, body, _ := d.post(t, "/rules/draft/propose", url.Values{"saw": {d.now(t).Fingerprint()}, "serial": {"7"}, "reason": {"Twelve hours are enough"}})
	wants(t, body, "still being run", "Twelve hours are enough")
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

// The release that comes out of the draft holds what the draft holds, and two people can approve it.
func TestADraftIsProposedAsARelease(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const at = "/rules/draft/settings/permission.default_hours"
	d.done(t, at, d.form(t, at, "value", "12"))
	_, body := d.get(t, "/rules/draft/propose")
	wants(t, body, "It passes", "Hours that a permission runs when nothing is said", "All that changes", "Who answers for it", `value="Priya Shah"`, `value="2026-03-02.1"`)

	form := d.form(t, "/rules/draft/propose", "serial", "7", "revision", "2026-03-02.7", "author", "Priya Shah", "reason", "Twelve hours are enough", "expires", "2026-03-31")
	status, body, header := d.post(t, "/rules/draft/propose", form)
	if status != http.StatusOK || header.Get("Content-Type") != "application/gzip" || header.Get("Content-Disposition") != `attachment; filename="2026_03_02_7.tar.gz"` {
		t.Fatal(status, header, body)
	}
	one, err := release.Read(t.Context(), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	s := one.Statement
	if s.Serial != 7 || s.Revision != "2026-03-02.7" || s.Author != "Priya Shah" || s.Reason != "Twelve hours are enough" || s.Fingerprint != d.now(t).Fingerprint() || !s.Expires.Equal(time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", s)
	}
	text, err := fs.ReadFile(one.FS, settings)
	if err != nil || !bytes.Contains(text, []byte(`"default_hours": 12`)) {
		t.Error(err)
	}
	for name, c := range map[string]struct{ field, value, says string }{
		"no serial": {"serial", "", "Give a serial"}, "serial 0": {"serial", "0", "Give a serial"}, "no reason": {"reason", "", "Say why, in words"},
		"no day": {"expires", "31/3", "Write the day"}, "over already": {"expires", "2026-03-01", "This day is over"}, "another draft": {"saw", "0", "since you looked at it"},
		"no revision": {"revision", "", `aria-describedby="revision-hint revision-error"`},
	} {
		other := url.Values{}
		for k, v := range form {
			other[k] = v
		}
		other.Set(c.field, c.value)
		if status, body, _ := d.post(t, "/rules/draft/propose", other); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		} else {
			wants(t, body, c.says)
		}
	}
	const far = "/rules/draft/settings/permission.longest_hours"
	d.done(t, far, d.form(t, far, "value", "-1"))
	form.Set("saw", d.now(t).Fingerprint())
	_, body = d.get(t, "/rules/draft/propose")
	wants(t, body, "It does not pass")
	if strings.Contains(body, "Download the release") {
		t.Error("a draft that does not pass is offered")
	}
	if status, body, _ := d.post(t, "/rules/draft/propose", form); status != http.StatusUnprocessableEntity {
		t.Error("a draft that does not pass was packed", status, body)
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

// Whatever is typed, a page shows it as text.
func TestWhatIsTypedIntoADraftIsShownAsText(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const evil = `"><script>alert(1)</script>`
	d.done(t, "/rules/draft/lists/roles/never_elsewhere", d.form(t, "/rules/draft/lists/roles/never_elsewhere", "entry", "R1"+evil, "words", "Odd "+evil))
	for _, address := range []string{"/rules/draft", "/rules/draft/lists/roles/never_elsewhere", "/rules/next"} {
		if _, body := d.get(t, address); strings.Contains(body, "<script>alert") {
			t.Error(address, fmt.Sprint(body))
		}
	}
}
