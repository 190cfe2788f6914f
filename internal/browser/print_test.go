//go:build servers

package browser_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// sheets prints a page and gives the text of each sheet, as pdftotext (Poppler) reads it:
// a judge that none of us wrote. MCR_SHEETS=folder keeps what was printed.
func sheets(t *testing.T, tab *browser.Tab, name string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".pdf")
	if dir := os.Getenv("MCR_SHEETS"); dir != "" {
		file = filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(strings.TrimSuffix(file, ".pdf")+".html", []byte(browser.Value[string](tab, `document.documentElement.outerHTML`)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, tab.PDF(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("reading what was printed (internal/servers/install has poppler-utils): %v", err)
	}
	var out []string
	for sheet := range strings.SplitSeq(strings.TrimSuffix(string(text), "\f"), "\f") {
		out = append(out, strings.Join(strings.Fields(sheet), " "))
	}
	return out
}

// each complains of every sheet that does not say all of these, and of which it is.
func each(t *testing.T, sheets []string, words ...string) {
	t.Helper()
	for i, sheet := range sheets {
		for _, want := range append(words, fmt.Sprintf("Sheet %d of %d", i+1, len(sheets))) {
			if !strings.Contains(sheet, want) {
				t.Errorf("sheet %d of %d does not say %q: %s", i+1, len(sheets), want, sheet)
			}
		}
	}
}

// onScreen is what is of use on a screen alone.
var onScreen = regexp.MustCompile(`\(Link:|#e\d+-\d+|/console/|Use your browser|Show these|Open the document|Sign out|Skip to|What to print|Audit trail|Another patient`)

func TestServersBrowserEverySheetSaysWhoseItIs(t *testing.T) {
	w := inTheRegion(t)
	p, who := w.flagged(t, "every-source"), w.member(t, "consultant")
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	if mustAsk(tab) { // or an earlier test has her answer
		yes(tab, "Treatment today")
	}
	arrived(t, tab)
	head := []string{p.Name, spaced(p.NHSNumber), "Printed by " + who.Name, who.Role, "Not to be filed"}
	judge := func(name string, most int) []string {
		t.Helper()
		all := sheets(t, tab, name)
		if len(all) > most {
			t.Errorf("%s is %d sheets; at most %d are wanted", name, len(all), most)
		}
		each(t, all, head...)
		for _, column := range []string{"Last issued From", "Reference range When and where"} {
			if !strings.Contains(strings.Join(all, " "), column) {
				t.Errorf("%s is cut at the edge of the sheet: no %q", name, column)
			}
		}
		for i, sheet := range all {
			if found := onScreen.FindString(sheet); found != "" {
				t.Errorf("%s, sheet %d says %q: %s", name, i+1, found, sheet)
			}
		}
		return all
	}
	judge("record", 4) // printed from the screen
	tab.Follow("Print")
	browser.Value[bool](tab, `(() => { for (const d of document.querySelectorAll(".mcr-trend")) { d.open = false; setTimeout(() => { d.open = true; }); } return true; })()`)
	tab.Until("a plot, which is as wide as the screen", `!!document.querySelector(".mcr-trend .mcr-plot:not([hidden])")`)
	if all := judge("everything", 12); len(all) < 2 {
		t.Errorf("everything is %d sheets: nothing is told of a second one", len(all))
	}
	tab.Axe()
	tab.Fits()
	tab.Choose("The summary alone")
	short := strings.Join(judge("summary", 2), " ")
	for _, want := range []string{"This is the summary alone", "It leaves out", "Why you see this", "Not for resuscitation", "Allergies", "Medicines", "Problems", "Last results", "letters and documents ("} {
		if !strings.Contains(short, want) {
			t.Errorf("the summary does not say %q", want)
		}
	}
	// None of what must be known first is left out, by its first words: a title runs on.
	said := browser.Value[[]string](tab, `[...document.querySelectorAll(".mcr-alerts > .mcr-lines .mcr-line__title bdi, .mcr-allergies > .mcr-lines .mcr-line__title bdi, .mcr-medicines th bdi")].map((e) => e.textContent)`)
	if len(said) < 15 {
		t.Errorf("the fullest record has %d alerts, allergies and medicines: %s", len(said), said)
	}
	for _, title := range said {
		words := strings.Fields(title)
		if first := strings.Join(words[:min(3, len(words))], " "); !strings.Contains(short, first) {
			t.Errorf("the summary does not say %q", title)
		}
	}
	if strings.Contains(short, "All entries") || strings.Contains(short, "Who was asked") {
		t.Errorf("the summary holds more than that: %s", short)
	}
}
