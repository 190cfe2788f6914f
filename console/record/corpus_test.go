package record_test

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// published are examples that NHS England and HL7 UK publish. They are no part of
// this project and are read where they are there.
var published = []string{"../../../shared/corpus/nhs.ndjson", "../../../../shared/corpus/nhs.ndjson"}

// rubbish is what only a program would write.
var rubbish = regexp.MustCompile(`map\[|\[\]|\{"|"\}|<nil>|%!|&\{|\bnull\b|</?(div|td|p|table|br)\b`)

// examples are the published ones, in their order.
func examples(t *testing.T) (all []collect.Entry) {
	t.Helper()
	var file *os.File
	for _, path := range published {
		if f, err := os.Open(path); err == nil {
			file = f
			break
		}
	}
	if file == nil {
		t.Skip("the published examples are not here")
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var one struct{ Resource json.RawMessage }
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, entry(string(one.Resource)))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every resource that others publish has a line that says what it is, in words.
func TestPublishedExamplesReadAsWords(t *testing.T) {
	entries := examples(t)
	seen := map[string]int{}
	for _, e := range entries {
		p := from("riverside", collect.Complete)
		p.Entries = []collect.Entry{e}
		who := alice
		who.Born = ""
		v := record.Read([]collect.Part{p}, who, now)
		if len(all(v)) != 1 {
			t.Fatalf("%s: %d lines, %d odd", e.FullURL, len(all(v)), v.Sources[0].Odd)
		}
		l := all(v)[0]
		seen[e.Type]++
		texts := append([]string{l.Title, l.Kind, l.Value, l.Range, l.Dated(), l.Prose}, strings.Split(marks(l), ", ")...)
		for _, f := range l.Facts {
			texts = append(texts, f.Name, f.Text)
			if len(f.Text) > 400 && !strings.Contains(f.Text, " ") {
				t.Errorf("%s: %s is a text of %d letters without a space", e.FullURL, f.Name, len(f.Text))
			}
		}
		if strings.TrimSpace(l.Title) == "" || l.Kind == "" {
			t.Errorf("%s: a line without words", e.FullURL)
		}
		for _, text := range texts {
			if found := rubbish.FindString(text); found != "" {
				t.Errorf("%s: %q in %.200q", e.FullURL, found, text)
			}
		}
		medicines := v.Summary.Medicines
		rows := 0
		for _, g := range medicines.Groups {
			for _, r := range g.Rows {
				rows++
				if r.Line.ID != l.ID || r.Dose == "" || rubbish.MatchString(r.Dose) || g.Conflict() != "" {
					t.Errorf("%s: a row of %q, dose %q, marked %q", e.FullURL, r.Title, r.Dose, g.Conflict())
				}
			}
		}
		if standing := l.Kind == "Prescription" || l.Kind == "Reported as taken"; standing && rows+medicines.Over != 1 && l.Standing != record.Wrong || !standing && rows > 0 {
			t.Errorf("%s: %d rows and %d over of one %s", e.FullURL, rows, medicines.Over, l.Kind)
		}
		if os.Getenv("MCR_TELL") == e.Type {
			t.Logf("%s | %s | %s | %s | %s\n%v\n%s", l.Category, l.Kind, l.Title, marks(l), l.Dated(), l.Facts, l.Prose)
		}
	}
	if len(seen) < 30 {
		t.Fatal(len(seen))
	}
}

// Held by two sources, every published allergy and problem stands once, with both; and what
// stands together bears one code of one system, or no code and the same words.
func TestPublishedExamplesStandTogetherByTheirCodes(t *testing.T) {
	var held []collect.Entry
	for _, e := range examples(t) {
		if e.Type == "AllergyIntolerance" || e.Type == "Condition" {
			held = append(held, e)
		}
	}
	riverside, hill := from("riverside", collect.Complete), from("hill", collect.Complete)
	riverside.Entries, hill.Entries = held, held
	v := record.Read([]collect.Part{riverside, hill}, alice, now)
	keys := func(l *record.Line) (all []string) {
		_, n, _ := strings.Cut(l.ID, "-")
		at, _ := strconv.Atoi(n)
		var one struct {
			Code struct {
				Text   string
				Coding []struct{ System, Code, Display string }
			}
		}
		if err := json.Unmarshal(held[at-1].Resource, &one); err != nil {
			t.Fatal(err)
		}
		for _, c := range one.Code.Coding {
			all = append(all, c.System+"|"+c.Code)
		}
		if len(all) == 0 {
			all = []string{strings.ToLower(one.Code.Text)}
		}
		return all
	}
	several := 0
	for what, c := range map[string]struct {
		lines  []*record.Line
		groups []record.Group
	}{"allergies": {v.Summary.Allergies.Current, v.Summary.Allergies.Groups}, "problems": {v.Summary.Problems.Lines, v.Summary.Problems.Groups}} {
		lines := 0
		for _, g := range c.groups {
			lines += len(g.Lines)
			by := map[string]int{}
			for _, l := range g.Lines {
				by[l.Source.Name]++
				linked := slices.ContainsFunc(g.Lines, func(o *record.Line) bool {
					return o != l && slices.ContainsFunc(keys(l), func(k string) bool { return k != "" && slices.Contains(keys(o), k) })
				})
				if !linked && len(g.Lines) > 1 {
					t.Errorf("%s: %s stands in %s by no code: %v", what, l.Title, g.Name, keys(l))
				}
			}
			if by["Riverside"] != by["Hill"] && len(g.Lines) > 1 {
				t.Errorf("%s: %s stands with %v", what, g.Name, by)
			}
			if len(by) > 1 {
				several++
			}
		}
		if lines != len(c.lines) {
			t.Errorf("%s: %d entries, and %d in groups", what, len(c.lines), lines)
		}
	}
	if several < 8 {
		t.Errorf("only %d stand together", several)
	}
}
