package fhir

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/asking.md is the page that people read: its lists are those of the tables.
func TestTheAskingPageListsWhatIsOffered(t *testing.T) {
	text, err := os.ReadFile("../docs/asking.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	var searched, directory []string
	for _, o := range offers {
		if o.directory {
			directory = append(directory, o.typ)
		} else {
			searched = append(searched, o.typ)
		}
	}
	for name, want := range map[string][]string{"searched": searched, "directory": directory} {
		_, after, _ := strings.Cut(page, "<!-- "+name+" -->")
		list, _, ok := strings.Cut(after, "<!-- end -->")
		if got := regexp.MustCompile(`[,\s]+`).Split(list, -1); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: the page lists\n%s\nthe tables\n%s", name, strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
	for _, name := range negatable {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s:not is not on the page", name)
		}
	}
	for _, p := range everywhere() {
		if !strings.Contains(page, "`"+p.Name+"=") {
			t.Errorf("%s is not on the page", p.Name)
		}
	}
	for _, p := range everyType {
		if !strings.Contains(page, "`"+p.name+"=") {
			t.Errorf("%s is not on the page", p.name)
		}
	}
	if !strings.Contains(page, "`_revinclude="+revinclude+"`") {
		t.Error("_revinclude is not on the page")
	}
}
