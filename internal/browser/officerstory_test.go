//go:build servers

package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/internal/browser"
	"github.com/mycarerecord/mcr/nhs"
)

// steps counts what a person does: each link and each button.
type steps struct {
	*browser.Tab
	n int
}

func (s *steps) follow(words string) {
	s.n++
	s.Follow(words)
}

// within says that the answer was there soon enough.
func (s *steps) within(t *testing.T, most int) {
	t.Helper()
	if s.n > most {
		t.Errorf("%d steps, of at most %d", s.n, most)
	}
	s.n = 0
	s.Axe()
	s.Fits()
}

// onTwoSheets says that a page is printed on two sheets of A4. MCR_SHEETS=folder keeps them.
func (s *steps) onTwoSheets(t *testing.T, name string) {
	t.Helper()
	if dir := os.Getenv("MCR_SHEETS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), s.A4(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if sheets := s.Sheets(); sheets != 2 {
		t.Errorf("%s is %d sheets of paper", name, sheets)
	}
}

// found is the number of visits, or of acts, that a list says it has.
func (s *steps) found(t *testing.T) int {
	t.Helper()
	return number(t, browser.Value[string](s.Tab, `document.getElementById("found")?.innerText ?? ""`))
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(regexp.MustCompile(`^[0-9,]+`).FindString(text), ",", ""))
	if err != nil {
		t.Fatalf("no number begins %q", text)
	}
	return n
}

// counted asks the trail itself.
func (w *world) counted(t *testing.T, s audit.Scope, f audit.Filter, by audit.Dimension, key string) audit.Count {
	t.Helper()
	store, err := sqlite.OpenTrail(t.Context(), w.Description.Trail)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	all, err := store.Count(t.Context(), s, f, by)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Key == key {
			return c
		}
	}
	return audit.Count{}
}

// visitsTo gives how many visits to a patient the trail has, of some days.
func (w *world) visitsTo(t *testing.T, number string, since, until time.Time) (n int) {
	t.Helper()
	store, err := sqlite.OpenTrail(t.Context(), w.Description.Trail)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	keys, err := protect.LoadOrCreateKeys(filepath.Join(w.data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	if err != nil {
		t.Fatal(err)
	}
	valid, err := nhs.ParseNumber(number)
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Tail(t.Context(), audit.Scope{Since: since, Until: until, Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	under := protector.Find(valid)
	all = slices.DeleteFunc(all, func(r *audit.Record) bool { return r.IsLook() || !slices.Contains(under, r.PatientHMAC) })
	return len(audit.Visits(all, audit.DefaultGap))
}

// What a privacy officer is asked is answered in four steps at most, and exactly.
func TestServersBrowserWhatAnOfficerIsAsked(t *testing.T) {
	w := inTheRegion(t)
	seen, _ := w.aVisit(t)
	p := w.flagged(t, "own-record")
	auditor := w.member(t, "regional-auditor").Name
	entered := w.signIn(t, "regional-auditor")
	first := thisMonth()
	last := first.AddDate(0, -1, 0)
	ask := func(what string, story func(t *testing.T, tab *steps)) {
		t.Run(what, func(t *testing.T) {
			tab := &steps{Tab: entered.For(t)}
			tab.follow("Audit trail")
			story(t, tab)
			tab.within(t, 4)
		})
	}

	// In the month before, somebody looked who should not have (docs/demo-past.md, 2).
	ask("who looked at X last month, and why", func(t *testing.T, tab *steps) {
		x := w.flagged(t, "professional")
		tab.follow("Who has accessed a record?")
		tab.Fill("The patient’s NHS number", spaced(x.NHSNumber))
		tab.Fill("From (if not from the beginning)", last.Format("2 January 2006"))
		tab.Fill("To (if not until now)", first.AddDate(0, 0, -1).Format("2 January 2006"))
		tab.follow("Show who has accessed it")
		tab.Sees("Mary Kinsella", "You were asked and gave permission.", last.Format("2 January 2006")+" to "+first.AddDate(0, 0, -1).Format("2 January 2006"), "Made", auditor)
		told := browser.Value[[]string](tab.Tab, `[...document.querySelectorAll(".mcr-trail-visit")].map((e) => e.innerText)`)
		if want := w.visitsTo(t, x.NHSNumber, last, first); len(told) != want || want == 0 {
			t.Errorf("%d visits are told, and there were %d", len(told), want)
		}
		misused := slices.DeleteFunc(told, func(visit string) bool { return !strings.Contains(visit, "Mary Kinsella") })
		if len(misused) != 2 || !strings.Contains(misused[0], "Sunday") && !strings.Contains(misused[0], "21:4") {
			t.Errorf("Mary Kinsella looked on two Sunday evenings: %q", misused)
		}
	})
	ask("what did Dr Y look at", func(t *testing.T, tab *steps) {
		tab.follow("Search")
		tab.Fill("Person (name or user number)", "okafor")
		tab.follow("What to look for > Search")
		tab.Sees("Person: Dr Amara Okafor", "Take away", "Patient "+p.NHSNumber[:3])
		if got, want := browser.Value[string](tab.Tab, `document.getElementById("found").innerText`), w.counted(t, audit.Scope{}, audit.Filter{UserID: seen.UserID}, audit.Overall, audit.All); !strings.Contains(strings.ReplaceAll(got, ",", ""), strconv.Itoa(want.Total)+" record") {
			t.Errorf("%q, and there are %d records", got, want.Total)
		}
	})
	// The picture of the week leads to what came in then.
	ask("out of hours", func(t *testing.T, tab *steps) {
		tab.Sees("Hours of the week", "Out of hours is before 8 am")
		key := audit.HourOfWeek(seen.TimeIn)
		const cells = `[...document.querySelectorAll("#picture-week ~ .mcr-trail-drawn a, [aria-labelledby=picture-week] .mcr-trail-drawn a")]`
		cell := cells + `.find((a) => a.getAttribute("href").includes("hours=` + key + `"))`
		says := number(t, browser.Value[string](tab.Tab, cell+`?.querySelector("title").textContent.split(": ")[1] ?? ""`))
		tab.n++
		tab.Turns("following an hour of the week", func() {
			browser.Value[bool](tab.Tab, cell+`.dispatchEvent(new MouseEvent("click", {bubbles: true}))`)
		})
		if got, want := tab.found(t), w.counted(t, audit.Scope{Since: first}, audit.Filter{}, audit.ByHourOfWeek, key).Visits[audit.Views]; got != says || got < want {
			t.Errorf("the picture says %d visits, the list %d, and the trail had %d", says, got, want)
		}
		tab.Open("/trail/records?hours=out-of-hours&measure=views")
		tab.Sees("When: Out of hours: before 8 am")
	})
	ask("refusals by reason", func(t *testing.T, tab *steps) {
		tab.Sees("Reasons for refusing")
		listed := browser.Value[string](tab.Tab, `document.querySelector("[aria-labelledby=picture-refusals] .mcr-trail-bars li")?.innerText ?? ""`)
		reason, n, _ := strings.Cut(strings.TrimSpace(listed), "\n")
		tab.follow(strings.TrimSpace(strings.Split(reason, ":")[0]))
		if got := tab.found(t); !strings.HasSuffix(strings.TrimSpace(n), strconv.Itoa(got)) {
			t.Errorf("%q leads to %d visits", listed, got)
		}
	})
	ask("this month beside the month before", func(t *testing.T, tab *steps) {
		tab.follow("Month")
		tab.Sees(first.Format("January 2006")+" beside "+last.Format("January 2006"), "is not over", "fewer")
		tab.onTwoSheets(t, "month")
	})
	ask("a board report on two sheets", func(t *testing.T, tab *steps) {
		tab.follow("Board report")
		tab.Sees("Who saw shared records in "+last.Format("January 2006"), notice, "Kirsty Vane",
			fmt.Sprintf("And %d more", w.counted(t, audit.Scope{Since: last, Until: first}, audit.Filter{}, audit.Overall, audit.All).Emergencies-5))
		tab.onTwoSheets(t, "board-report")
		w.trail(t, "the look at a month", func(r *audit.Record) bool {
			return r.Action == audit.LookAtTrail && strings.HasPrefix(r.Query, "month?month=") && r.UserName == auditor
		})
	})
}

// What an organisation's own board is given has the same bounds.
func TestServersBrowserAnOrganisationsBoardReport(t *testing.T) {
	w := inTheRegion(t)
	tab := &steps{Tab: w.signIn(t, "privacy-officer")}
	tab.follow("Audit trail")
	tab.follow("Board report")
	tab.Sees("about records that St Aldhelm's Hospitals NHS Trust holds", "Kirsty Vane")
	tab.onTwoSheets(t, "board-report-of-one")
	tab.within(t, 4)
}

// A patient who asks who saw their record is given each visit, with who it was, what for in
// the professional's own words, and by what right; within which days, and who made the list.
func TestServersBrowserASubjectAccessReport(t *testing.T) {
	w := inTheRegion(t)
	const purpose = "Medicines before an operation"
	p, who := w.patient(t, stAldhelms, riverside, true), w.member(t, "consultant")
	asked := w.signIn(t, "consultant")
	find(asked, p)
	confirm(asked)
	yes(asked, purpose)
	arrived(t, asked)
	asked.Reload() // the same sitting
	arrived(t, asked)
	w.trail(t, "seen with the patient's permission", func(r *audit.Record) bool {
		return r.Action == "view" && r.Outcome == audit.Released && r.PurposeWords == purpose && r.UserName == who.Name && len(r.Categories) > 0
	})

	officer := w.member(t, "regional-auditor")
	tab := &steps{Tab: w.signIn(t, officer.ID)}
	today := time.Now().In(fhirdate.London).Format("2 January 2006")
	tab.follow("Audit trail")
	tab.follow("Who has accessed a record?")
	tab.Fill("The patient’s NHS number", spaced(p.NHSNumber))
	tab.Fill("From (if not from the beginning)", today)
	tab.follow("Show who has accessed it")
	tab.Sees("NHS number "+spaced(p.NHSNumber), "Time "+today+" to now", "Made", ", by "+officer.Name+", ",
		"1 person at 1 organisation saw something of your record, in 1 visit.",
		who.Name+", ", "St Aldhelm's Hospitals NHS Trust", "You were asked and gave permission.", "They recorded that you were asked and said yes.", "They wrote what for: “"+purpose+"”.",
		"After your yes at ", "they saw ")
	tab.Lacks("more visit", "nothing was shown.")
	if n := browser.Value[int](tab.Tab, `document.querySelectorAll(".mcr-trail-visit").length`); n != 1 {
		t.Errorf("one sitting is told as %d visits", n)
	}
	tab.within(t, 4)
	for i, sheet := range sheets(t, tab.Tab, "who-has-accessed") {
		if i == 0 && !strings.Contains(sheet, purpose) {
			t.Errorf("the first sheet does not say what for: %s", sheet)
		}
	}
}

// On a telephone the overview's tables are read as blocks, and a picture that is wider says so.
func TestServersBrowserTheOverviewOnATelephone(t *testing.T) {
	w := inTheRegion(t)
	w.aVisit(t)
	tab := w.signIn(t, "regional-auditor")
	for _, width := range []int{360, 768, 1280} {
		tab.Screen(width, 800)
		tab.Open("/trail")
		tab.Sees("By person", "Dr Amara Okafor")
		if cut := browser.Value[[]string](tab, `[...document.querySelectorAll("[data-trail-table] .mcr-wide")].filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map((e) => `+"`${e.getAttribute(\"aria-label\")}: ${e.scrollWidth} of ${e.clientWidth} px`"+`)`); len(cut) > 0 {
			t.Errorf("%d px: cut off: %v", width, cut)
		}
		if told := browser.Value[bool](tab, `[...document.querySelectorAll(".mcr-trail-drawn--wide")].every((e) => (e.scrollWidth > e.clientWidth) === e.nextElementSibling.checkVisibility())`); !told {
			t.Errorf("%d px: a picture that can be moved does not say so, or one that cannot does", width)
		}
		if width == 360 {
			if names := browser.Value[int](tab, `[...document.querySelectorAll("[data-trail-table=user] .nhsuk-table__heading")].filter((e) => e.checkVisibility() && e.textContent === "Answered").length`); names == 0 {
				t.Error("on a telephone the numbers stand without their names")
			}
		}
	}
	tab.Screen(1280, 900)
	tab.Scripts(false)
	tab.Open("/trail")
	if n := browser.Value[int](tab, `document.querySelectorAll(".mcr-plot rect").length`); n < 168 {
		t.Errorf("without JavaScript the pictures have %d parts", n)
	}
}
