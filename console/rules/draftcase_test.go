package rules_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision/draft"
)

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
