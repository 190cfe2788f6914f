package rules_test

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/console/rules"
)

var attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

func unescaped(s string) string { return html.UnescapeString(s) }

// everyPage is a page of each kind, results and faults included.
func everyPage(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, address := range []string{
		"/rules", "/rules/opt_out", "/rules/lists/categories/rules", "/rules/cases", "/rules/reasons", "/rules/changes",
		"/rules/try", "/rules/try?case=" + url.QueryEscape("opt_out:an opt-out wins over a recorded permission"), "/rules/try/text", "/rules/nothing",
	} {
		_, out[address] = usual().get(t, address)
	}
	form := filled(t, out["/rules/try"], "/rules/try")
	_, out["refused"], _ = usual().post(t, "/rules/try", form)
	_, out["permitted"], _ = usual().post(t, "/rules/try", with(form, "permissions", "known"))
	_, out["faults"], _ = usual().post(t, "/rules/try", with(form, "relationships.from", "x"))
	_, out["faults of a text"], _ = usual().post(t, "/rules/try/text", url.Values{"text": {"x: ["}})
	before, now := few(t, "testdata/decisions/emergency_off.yaml"), few(t, "testdata/decisions/emergency_off.yaml")
	cases := now["testdata/decisions/emergency_off.yaml"]
	now["testdata/decisions/emergency_off.yaml"] = &fstest.MapFile{ // as they are decided with the region's own setting
		Data: []byte(strings.Replace(string(cases.Data), "settings: {emergency: {enabled: false}}\n", "", 1)),
	}
	was := string(now["data/settings.json"].Data)
	before["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(was, `"enabled": false`, `"enabled": true`, 1))}
	r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Previous = now, previous(before) })
	_, out["changes"] = r.get(t, "/rules/changes")
	wants(t, out["changes"], "decided otherwise", "Emergency access is in use")
	d := newDrafting(t, nil)
	_, out["no draft"] = d.get(t, "/rules/draft")
	d.begun(t)
	const minutes = "/rules/draft/settings/emergency.minutes"
	_, out["a setting that is wrong"], _ = d.post(t, minutes, d.form(t, minutes, "value", "soon"))
	d.done(t, minutes, d.form(t, minutes, "value", "90"))
	for _, address := range []string{
		"/rules/draft", "/rules/draft/settings", minutes, "/rules/draft/settings/emergency.enabled", "/rules/draft/settings/permission.ways_to_ask", "/rules/draft/lists",
		"/rules/draft/lists/roles/never_elsewhere", "/rules/draft/lists/categories/rules", "/rules/draft/cases", "/rules/draft/cases/emergency_on.yaml", "/rules/draft/propose",
	} {
		_, out[address] = d.get(t, address)
	}
	candidate, _ := broken(t)
	everything := open(t, func(cfg *rules.Config) {
		*cfg = wired(t, *cfg)
		cfg.FS = before
	})
	for _, address := range []string{"/rules/next", "/rules/checks"} {
		_, out[address] = everything.get(t, address)
		_, out[address+" without"] = r.get(t, address)
	}
	faulty := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate = before, candidate })
	_, out["/rules/next with faults"] = faulty.get(t, "/rules/next")
	return out
}

// The same is asked of every page in a browser by axe; what can be seen in the
// text is seen here, without one.
func TestPagesCanBeUsedByEverybody(t *testing.T) {
	find := func(pattern, in string) [][]string { return regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1) }
	for name, body := range everyPage(t) {
		t.Run(name, func(t *testing.T) {
			_, content, _ := strings.Cut(body, `<main`)
			if n := len(find(`<h1[ >]`, body)); n != 1 {
				t.Errorf("%d headings of the first level", n)
			}
			level := 1
			for _, h := range find(`<h([1-6])`, content[strings.Index(content, "<h1"):]) {
				if now := int(h[1][0] - '0'); now > level+1 {
					t.Errorf("from heading %d to %d", level, now)
				} else {
					level = now
				}
			}
			ids := map[string]bool{}
			for _, m := range find(` id="([^"]*)"`, body) {
				if ids[m[1]] {
					t.Errorf("the id %q is there twice", m[1])
				}
				ids[m[1]] = true
			}
			var labelled []string
			for _, m := range find(`<label [^>]*for="([^"]*)"`, body) {
				labelled = append(labelled, m[1])
			}
			for _, m := range find(`<(?:input|select|textarea) ([^>]*)>`, body) {
				if a := attributes(m[1]); a["type"] != "hidden" && !slices.Contains(labelled, a["id"]) {
					t.Errorf("no label for %q", a["name"])
				}
			}
			for _, m := range find(` (?:aria-describedby|aria-labelledby|for|data-aria-controls)="([^"]*)"`, body) {
				for _, id := range strings.Fields(m[1]) {
					if !ids[id] {
						t.Errorf("%q is nowhere", id)
					}
				}
			}
			for _, m := range find(`href="#([^"]+)"`, body) {
				if !ids[m[1]] {
					t.Errorf("a link to %q, which is nowhere", m[1])
				}
			}
			for _, m := range find(`<th ([^>]*)>`, body) {
				if attributes(m[1])["scope"] == "" {
					t.Errorf("a table header without scope: %s", m[1])
				}
			}
			if a, b := len(find(`<table`, body)), len(find(`<thead`, body)); a != b {
				t.Errorf("%d tables and %d heads", a, b)
			}
			if a, b := len(find(`<fieldset`, body)), len(find(`<legend`, body)); a != b {
				t.Errorf("%d fieldsets and %d legends", a, b)
			}
			for _, m := range find(`<form ([^>]*)>(\s*<input type="hidden" name="csrf")?`, content) {
				if attributes(m[1])["method"] == "post" && m[2] == "" {
					t.Errorf("a form without its token: %s", m[1])
				}
			}
			for _, never := range []string{" style=", "<style", " onclick", "javascript:", "<script>", "http://127", "ZgotmplZ"} {
				if strings.Contains(content, never) {
					t.Errorf("%q is in the page", never)
				}
			}
			if !strings.Contains(body, "<title>") || strings.Contains(body, "<title> ") {
				t.Error("no title")
			}
		})
	}
}
