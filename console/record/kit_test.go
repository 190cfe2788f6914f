package record_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
)

// now is the time of every test: an evening in March, in winter time.
var now = time.Date(2026, time.March, 2, 22, 30, 0, 0, time.UTC)

// alice is confirmed, by the professional and by a source.
var alice = page.Patient{Ref: "r1", Born: "1958-02-11", Name: "Alice Ashdown", Checked: true, Confirmed: true}

// from makes the answer of a source; its entries are JSON, in which ' stands for ".
func from(id string, status collect.Status, resources ...string) collect.Part {
	p := collect.Part{Source: collect.Source{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Telephone: "01632 960100"}, Status: status}
	for _, text := range resources {
		p.Entries = append(p.Entries, entry(strings.ReplaceAll(text, "'", `"`)))
	}
	return p
}

func entry(text string) collect.Entry {
	var named struct{ ResourceType, ID string }
	_ = json.Unmarshal([]byte(text), &named)
	return collect.Entry{FullURL: "http://broker.example/" + named.ResourceType + "/" + named.ID, Type: named.ResourceType, ID: named.ID, Resource: json.RawMessage(text)}
}

// one reads a single entry of a complete answer and gives its line.
func one(t *testing.T, text string, beside ...string) *record.Line {
	t.Helper()
	view := record.Read([]collect.Part{from("riverside", collect.Complete, append([]string{text}, beside...)...)}, alice, now)
	for _, l := range all(view) {
		if l.ID == "e1-1" {
			return l
		}
	}
	t.Fatalf("no line came of %s; %d odd", text, view.Sources[0].Odd)
	return nil
}

// all gives every line of a view.
func all(v *record.View) []*record.Line {
	var out []*record.Line
	for _, c := range v.Categories {
		out = append(out, c.Lines...)
	}
	return out
}

// titles are the lines' titles, in order.
func titles(lines []*record.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Title)
	}
	return out
}

// fact gives what a line says under a name.
func fact(l *record.Line, name string) string {
	var all []string
	for _, f := range l.Facts {
		if f.Name == name {
			all = append(all, f.Text)
		}
	}
	return strings.Join(all, " | ")
}

// marks are the words beside a line's title.
func marks(l *record.Line) string {
	var all []string
	for _, m := range l.Marks {
		all = append(all, m.Text)
	}
	return strings.Join(all, ", ")
}

func names(sources []*record.Source) string {
	var all []string
	for _, s := range sources {
		all = append(all, s.Name)
	}
	return strings.Join(all, ", ")
}

// unknown writes who may hold more, and why.
func unknown(a record.Account) string {
	var all []string
	for _, s := range a.Unknown {
		all = append(all, s.Source.Name+": "+s.Why)
	}
	return strings.Join(all, "; ")
}

func clock() time.Time { return now }

// bodyWords is what a page says, with single spaces.
func bodyWords(t *testing.T, body string) string {
	t.Helper()
	var all []string
	for _, n := range elements(t, body, "div", "mcr-record") {
		all = append(all, wordsOf(n))
	}
	return strings.Join(all, " ")
}
