package record_test

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
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

// Every resource that others publish has a line that says what it is, in words.
func TestPublishedExamplesReadAsWords(t *testing.T) {
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
	seen := map[string]int{}
	for lines.Scan() {
		var one struct{ Resource json.RawMessage }
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		e := entry(string(one.Resource))
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
		if os.Getenv("MCR_TELL") == e.Type {
			t.Logf("%s | %s | %s | %s | %s\n%v\n%s", l.Category, l.Kind, l.Title, marks(l), l.Dated(), l.Facts, l.Prose)
		}
	}
	if err := lines.Err(); err != nil || len(seen) < 30 {
		t.Fatal(len(seen), err)
	}
}
