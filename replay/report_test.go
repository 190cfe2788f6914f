package replay_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/replay"
)

// hostile is a name that would do harm in a terminal, a spreadsheet or a page.
const hostile = "=HYPERLINK(1)\x1b[2J\u202e<script>alert(1)</script>"

// refusedNow is a report of some decisions by the rule for general practitioners, without that rule; who
// asked bears a hostile name.
func refusedNow(t *testing.T) *replay.Report {
	t.Helper()
	documents, by := recorded(t)
	for i, document := range documents {
		documents[i] = bytes.Replace(document, []byte(`"St Elsewhere's"`), quoted(hostile), 1)
	}
	return run(t, documents, replay.Options{Draft: without(t, "routine_gp"), Before: kept(by)})
}

func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return b
}

func TestATerminalIsToldInWordsAndEndsWithTheNumbers(t *testing.T) {
	report := refusedNow(t)
	var out bytes.Buffer
	if err := report.Text(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !regexp.MustCompile(`^\d+ decisions in \d+\.\d s: \d+ would be decided otherwise$`).MatchString(last) {
		t.Errorf("the last line: %s", last)
	}
	for _, want := range []string{" would be refused that were permitted", "by organisation that asked", "routine_gp", "(RXA01)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") {
		t.Errorf("%q", out.String())
	}
}

// golang.org/x/net/html reads a page as browsers do.
func TestAPageOpensTheListBehindEachNumber(t *testing.T) {
	report := refusedNow(t)
	var out bytes.Buffer
	if err := report.HTML(&out); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	ids, leads := map[string]bool{}, 0
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("two elements are %s", a.Val)
				}
				ids[a.Val] = true
			}
		}
		if n.Data == "script" || n.Data == "link" || n.Data == "img" {
			t.Errorf("the page has a <%s>", n.Data)
		}
	}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" {
				leads++
				if !strings.HasPrefix(a.Val, "#") || !ids[a.Val[1:]] {
					t.Errorf("%s leads nowhere", a.Val)
				}
			}
		}
	}
	if leads < report.Kinds[replay.Refused] {
		t.Errorf("%d leads, and %d refused", leads, report.Kinds[replay.Refused])
	}
	if strings.Contains(out.String(), "\u202e") || strings.Contains(out.String(), "\x1b") {
		t.Error("what steers a terminal stands in the page")
	}
}

// encoding/csv reads it again; a spreadsheet takes no cell for a formula.
func TestTheListHasEveryChange(t *testing.T) {
	documents, by := recorded(t)
	var out bytes.Buffer
	list, err := replay.NewList(&out)
	if err != nil {
		t.Fatal(err)
	}
	report := run(t, documents, replay.Options{Draft: without(t, "routine_gp"), Before: kept(by), Each: list.Add})
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+len(report.Changes) || len(report.Changes) == 0 {
		t.Errorf("%d rows of %d changes", len(rows), len(report.Changes))
	}
	for i, row := range rows[1:] {
		if c := report.Changes[i]; row[0] != c.Was.ID || row[2] != string(c.Kind) || row[11] != c.Was.Effect || row[14] != string(c.Now.Effect) {
			t.Errorf("%v of %+v", row, c)
		}
	}
	var again bytes.Buffer
	if list, err = replay.NewList(&again); err != nil {
		t.Fatal(err)
	}
	c := replay.Change{Was: audit.Decided{UserOrgName: hostile}}
	if err := list.Add(&c); err != nil {
		t.Fatal(err)
	}
	if err := list.Close(); err != nil || strings.ContainsAny(again.String(), "\x1b\u202e") || strings.Contains(again.String(), ",=") {
		t.Errorf("%v: %q", err, again.String())
	}
}

// What is not compared is said wherever numbers are read.
func TestWhatIsApartIsSaidOnPageAndTerminal(t *testing.T) {
	report := &replay.Report{Apart: replay.Apart{
		NoDecision: 1, OtherSchema: map[string]int{"subject.age is missing": 2000}, Erased: 3, Unreadable: 4, Unlike: 5, UnlikeIDs: []string{"an-id"},
		ShownUnknown: map[string]int{strings.Repeat("ab", 32): 6},
	}}
	var text, page bytes.Buffer
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := report.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 record is of no decision", "2,000 requests were NOT DECIDED AGAIN", "subject.age is missing", "3 requests were NOT", "4 requests were NOT", "5 requests were NOT COMPARED", "an-id", "digest abababababab: 6", "NOT KNOWN"} {
		if !strings.Contains(text.String(), want) || !strings.Contains(page.String(), want) {
			t.Errorf("%q is not in:\n%s", want, text.String())
		}
	}
}

func TestWhatWouldBeShownIsComparedBothWays(t *testing.T) {
	d := policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Permit {
		t.Fatal(d.Effect)
	}
	shipped := policytest.Engine(t).Revision()
	by := kept(map[string]*decision.Revision{shipped.Digest(): shipped})
	documents := [][]byte{audit.AppendJSON(nil, record(1, d))}
	for _, c := range []struct {
		name, old, next string
		want            replay.Kind
	}{
		{"a mask more", `"labels": data.labels.normal} if permit`, `"labels": data.labels.normal, "masks": ["*.note"]} if permit`, replay.Less},
		{"every label", `"labels": data.labels.normal} if permit`, `"labels": data.labels.every} if permit`, replay.More},
		{"one category alone", `{"categories": data.categories.understood, "labels": data.labels.normal} if permit`, `{"categories": ["conditions"], "labels": data.labels.normal} if permit`, replay.Less},
		{"more labels of less", `{"categories": data.categories.understood, "labels": data.labels.normal} if permit`, `{"categories": ["conditions"], "labels": data.labels.every} if permit`, replay.Partly},
		{"an alert", `permit contains {"reason": "permission-to-view",`, `permit contains {"reason": "permission-to-view", "alert": true,`, replay.Alerts},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := run(t, documents, replay.Options{Draft: changed(t, "rules/permission/permission.rego", c.old, c.next), Before: by})
			if report.Kinds[c.want] != 1 || report.Otherwise() != 1 {
				t.Errorf("%v: %+v", report.Kinds, report.Changes)
			}
		})
	}
}
