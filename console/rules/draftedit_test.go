package rules_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/draft"
)

func TestEverySettingIsChangedAsItsKindAsks(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	for _, c := range []struct{ at, value, want, says string }{
		{"emergency.enabled", "true", `"enabled": true`, "Emergency access is in use: yes instead of no"},
		{"own_record.without_registry", "false", `"without_registry": false`, "yes"},
		{"permission.default_hours", " +012 ", `"default_hours": 12,`, "12 instead of 24"},
		{"permission.ways_to_ask", "in-person\r\n\r\nletter\r\n", `"ways_to_ask": ["in-person", "letter"]`, "in-person, letter instead of in-person, telephone, video"},
		{"withheld.from_roles", "R8014: mental-health,safeguarding\r\n\r\nR8004 : documents", `"from_roles": {"R8004":["documents"],"R8014":["mental-health","safeguarding"]}`, "R8004: documents; R8014: mental-health, safeguarding instead of nothing"},
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
		{"withheld.from_roles", "R8014 mental-health", "a colon and the categories"}, {"withheld.from_roles", "R8014: a\nR8014: b", "R8014 is there twice"},
		{"withheld.from_roles", "R8014: a, a", "each category of R8014 once"}, {"withheld.from_roles", "R8014: a\tb", "characters that cannot be seen"},
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
