package rules_test

import (
	"context"
	"html"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// filled is the form that a page shows, as a browser would send it.
func filled(t testing.TB, body, action string) url.Values {
	t.Helper()
	_, after, ok := strings.Cut(body, `method="post" action="/console`+action+`"`)
	if !ok {
		t.Fatalf("no form for %s", action)
	}
	doc, _, _ := strings.Cut(after, "</form>")
	out := url.Values{}
	for _, tag := range regexp.MustCompile(`<input ([^>]*)>`).FindAllStringSubmatch(doc, -1) {
		if a := attributes(tag[1]); a["type"] != "radio" && a["type"] != "checkbox" || strings.HasSuffix(tag[1], " checked") {
			out.Set(a["name"], a["value"])
		}
	}
	for _, tag := range regexp.MustCompile(`(?s)<select ([^>]*)>(.*?)</select>`).FindAllStringSubmatch(doc, -1) {
		chosen := regexp.MustCompile(`<option ([^>]*) selected>`).FindStringSubmatch(tag[2])
		if chosen == nil {
			t.Errorf("nothing is chosen in %s", tag[1])
			continue
		}
		out.Set(attributes(tag[1])["name"], attributes(chosen[1])["value"])
	}
	for _, tag := range regexp.MustCompile(`(?s)<textarea ([^>]*)>\n?(.*?)</textarea>`).FindAllStringSubmatch(doc, -1) {
		out.Set(attributes(tag[1])["name"], unescaped(tag[2]))
	}
	if out.Get("csrf") != "the-token" {
		t.Errorf("a form without its token: %v", out)
	}
	return out
}

func TestTheFormAsItStandsIsACase(t *testing.T) {
	status, body := usual().get(t, "/rules/try")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	form := filled(t, body, "/rules/try")
	status, body, _ = usual().post(t, "/rules/try", form)
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	wants(t, body, "This would be refused", "The patient has not been asked for permission to view.", "permission-needed",
		"What the professional is told to do: Ask the patient for permission to view",
		"Permission to view Had something lacking", "Nothing more was let out", "RXA01 has a care relationship with the patient (referral), from 2 weeks ago.")
}

func TestAPermitShowsWhatIsReleased(t *testing.T) {
	_, body := usual().get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	form.Set("permissions", "known")
	form.Set("restriction", "known")
	status, body, _ := usual().post(t, "/rules/try", form)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	wants(t, body, "This would be permitted", "The patient gave you permission to view.", "are withheld", "unclassified",
		"elements that tell where a protected patient lives", "Took something out", "It rests on the permission perm-1")
	if again := filled(t, body, "/rules/try"); again.Get("permissions") != "known" || again.Get("opt_out") != "absent" {
		t.Errorf("the form does not come back as it was: %v", again)
	}
}

func TestAnEmergencyCanBeTriedAsIfItWereInUse(t *testing.T) {
	_, body := usual().get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	for name, value := range map[string]string{
		"does": "declare-emergency", "emergency": "yes", "says.reason_code": "safeguarding", "says.reason": "somebody shouts", "says.until": "in 30 minutes",
	} {
		form.Set(name, value)
	}
	_, body, _ = usual().post(t, "/rules/try", form)
	wants(t, body, "This would be permitted", "It is marked for the privacy officer.", "Nothing: no record is viewed here")
}

// Every stored case can be begun with, is decided as it is, and what is downloaded
// passes among the others.
func TestAStoredCaseGoesThroughTheFormAndBackIntoAFile(t *testing.T) {
	book := whole()
	fsys := policytest.Changed(t, "data/settings.json", func(s string) string { return s + "\n" })
	for file := range fsys {
		if strings.HasPrefix(file, "testdata/") {
			delete(fsys, file)
		}
	}
	r := usual()
	for i, c := range book.Cases {
		if i%12 != 0 {
			continue // they are alike; all of them go through package decision's tests
		}
		status, body := r.get(t, "/rules/try?case="+url.QueryEscape(c.File+":"+c.Name))
		if status != http.StatusOK {
			t.Fatalf("%s: %d", c.Name, status)
		}
		action := "/rules/try"
		if strings.Contains(body, "holds more than the form") {
			action = "/rules/try/text"
		}
		status, body, _ = r.post(t, action, filled(t, body, action))
		if status != http.StatusOK {
			t.Fatalf("%s: %d\n%s", c.Name, status, body)
		}
		for _, reason := range c.Decision.Reasons {
			wants(t, body, reason.Code)
		}
		status, text, header := r.post(t, "/rules/try/download", filled(t, body, "/rules/try/download"))
		if status != http.StatusOK || header.Get("Content-Type") != "application/yaml" || header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %v", c.Name, status, header)
		}
		_, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
		if err != nil || !regexp.MustCompile(`^[a-z0-9_]{1,60}\.yaml$`).MatchString(params["filename"]) {
			t.Errorf("%v %q", err, header.Get("Content-Disposition"))
		}
		fsys["testdata/decisions/"+params["filename"]] = &fstest.MapFile{Data: []byte(text)}
	}
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	results, err := cases.Run(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	decided := map[string]string{}
	for _, c := range book.Cases {
		decided[c.Name] = string(c.Decision.Input)
	}
	for _, c := range results {
		if !c.Passed {
			t.Errorf("%s: %v", c.Name, c.Problems)
		}
		if diff := cmp.Diff(decided[c.Name], string(c.Decision.Input)); diff != "" {
			t.Errorf("%s: another question:\n%s", c.Name, diff)
		}
	}
	if len(results) < 11 {
		t.Errorf("%d cases", len(results))
	}
}

func TestTheTextCanBeGoneOnWithInTheForm(t *testing.T) {
	_, body := usual().get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	form.Set("as", "text")
	form.Set("opt_out", "known")
	status, body, _ := usual().post(t, "/rules/try", form)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	wants(t, body, "Try a case as text", "opt_out:")
	text := filled(t, body, "/rules/try/text")
	text.Set("text", strings.ReplaceAll(text.Get("text"), "\n", "\r\n")) // as browsers do
	status, body, _ = usual().post(t, "/rules/try/text", text)
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	wants(t, body, "The patient has opted out of sharing their record", "Telephone Riverside Surgery on 01632 960001")
	if again := filled(t, body, "/rules/try"); again.Get("opt_out") != "known" {
		t.Error("the text does not come back as a form")
	}
}

func TestWhatIsWrongWithAFormIsSaidWhereItIs(t *testing.T) {
	_, body := usual().get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	form.Set("permissions", "known")
	form.Set("permissions.from", "yesterday")
	form.Set("organisation", "R X")
	form.Set("name", "999 000 0018")
	status, body, _ := usual().post(t, "/rules/try", form)
	if status != http.StatusUnprocessableEntity {
		t.Fatal(status)
	}
	wants(t, body, "There is a problem", `<a href="#permissions">Has the patient been asked for permission to view? From: time "yesterday": say 2 hours ago`,
		`<a href="#organisation">Their organisation:`, `<a href="#name">Name of the case: this holds what looks like an NHS number`, "<title>Error: ")
	if again := filled(t, body, "/rules/try"); again.Get("permissions.from") != "yesterday" || again.Get("organisation") != "R X" {
		t.Error("what was typed is lost")
	}
}

func TestWhatIsWrongWithATextIsSaidWithItsLine(t *testing.T) {
	_, body := usual().get(t, "/rules/try/text")
	form := filled(t, body, "/rules/try/text")
	form.Set("text", strings.Replace(form.Get("text"), "relationships:", "relations:", 1))
	status, body, _ := usual().post(t, "/rules/try/text", form)
	if status != http.StatusUnprocessableEntity {
		t.Fatal(status)
	}
	wants(t, body, `Line 11: given: there is no "relations" here; there are registry, `)
	status, body, _ = usual().post(t, "/rules/try/download", form)
	if status != http.StatusUnprocessableEntity || strings.Contains(body, "decision: ") {
		t.Errorf("a case with a fault is downloaded: %d", status)
	}
}

func TestHostileTextIsText(t *testing.T) {
	const script = `</textarea></code></pre><script>alert(1)</script>"><img src=x onerror=alert(1)>`
	_, body := usual().get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	for _, name := range []string{"name", "title", "promise", "who", "where", "source", "kind"} {
		form.Set(name, name+script)
	}
	form.Set("opt_out", "known")
	form.Set("opt_out.contact", script)
	form.Set("opt_out.telephone", script)
	form.Set("relationships.kind", script)
	for name, sent := range map[string]url.Values{"as it is": form, "with a fault": with(form, "permissions", "known", "permissions.from", script), "as text": with(form, "as", "text")} {
		status, body, _ := usual().post(t, "/rules/try", sent)
		if status == http.StatusInternalServerError || strings.Contains(body, "<script>alert") || strings.Contains(body, "<img") {
			t.Errorf("%s: %d", name, status)
		}
		if !strings.Contains(body, "&lt;script&gt;alert(1)") {
			t.Errorf("%s: what was typed is not shown", name)
		}
		if name == "as it is" {
			wants(t, body, "This would be refused", "Telephone "+script)
			download := filled(t, body, "/rules/try/download")
			_, _, header := usual().post(t, "/rules/try/download", download)
			if d := header.Get("Content-Disposition"); strings.ContainsAny(d, "<>\n\r") || strings.Count(d, `"`) != 2 {
				t.Errorf("%q", d)
			}
		}
	}
}

// Whatever is typed is a case, or a fault that the person is told of: it never
// becomes another field, another case or an error of the server.
func TestOddValuesStayWhereTheyWereTyped(t *testing.T) {
	_, body := usual().get(t, "/rules/try")
	form := filled(t, body, "/rules/try")
	for i, odd := range []string{"\x00", "\xff", "a\nb", "x\n      opt_out: {id: y}", "'", `"`, "{a: b}", "[", "&a", "*a", "!!int 3", "# x", "- x", ": ", "\u2028", "\u0085", "\ufeff", "<<", "~", "yes", "---"} {
		names := []string{"name", "who", "asks", "relationships.kind", "now", "older_numbers"}
		for _, name := range []string{names[i%6], names[(i+i/6+1)%6]} { // one is written as another is
			status, body, _ := usual().post(t, "/rules/try", with(form, name, odd))
			if status != http.StatusOK && status != http.StatusUnprocessableEntity {
				t.Errorf("%s %q: %d", name, odd, status)
			}
			if strings.Contains(html.UnescapeString(body), "The patient opted out") {
				t.Errorf("%s %q became a fact", name, odd)
			}
		}
	}
}

func with(form url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	for name, form := range map[string]url.Values{
		"a form": {"text": {strings.Repeat("x", 1<<20)}},
	} {
		if status, body, _ := usual().post(t, "/rules/try/text", form); status != http.StatusBadRequest || !strings.Contains(body, "too long") {
			t.Errorf("%s: %d", name, status)
		}
	}
	status, body, _ := usual().post(t, "/rules/try/text", url.Values{"text": {strings.Repeat("x", cases.MostBytes+1)}})
	if status != http.StatusUnprocessableEntity {
		t.Error(status)
	}
	wants(t, body, "The case is too long")
	for range 3 { // an empty form, and one of odd fields, are no fault of the server
		for _, form := range []url.Values{{}, {"permissions": {"known"}, "permissions.0": {"x"}, "says.": {"y"}, "": {"z"}}} {
			if status, _, _ := usual().post(t, "/rules/try", form); status >= 500 {
				t.Error(status)
			}
		}
	}
}

func TestABookThatTakesLongIsThereWhenItIsAskedForAgain(t *testing.T) {
	r := open(t, func(cfg *rules.Config) {
		cfg.FS, cfg.Within = few(t, "testdata/decisions/restricted.yaml"), time.Nanosecond
	})
	status, body, header := r.do(t, httptest.NewRequest("GET", "/console/rules", nil))
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Error(status)
	}
	wants(t, body, "Try again in a moment")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if status, _ := r.get(t, "/rules"); status == http.StatusOK {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("it is never there")
		}
	}
}

func TestSomebodyWhoGoesAwayDoesNotEndTheBook(t *testing.T) {
	fsys := few(t, "testdata/decisions/restricted.yaml")
	r := open(t, func(cfg *rules.Config) { cfg.FS = fsys })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r.do(t, httptest.NewRequest("GET", "/console/rules", nil).WithContext(gone))
	if status, _ := r.get(t, "/rules"); status != http.StatusOK {
		t.Error(status)
	}
}
