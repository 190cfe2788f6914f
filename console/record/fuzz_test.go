package record_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// FuzzRead: whatever a source sends, Read neither fails nor loses an entry, and no
// text that comes out can play tricks on a page.
func FuzzRead(f *testing.F) {
	parts, _ := region(f, "Maple")
	seen := map[string]bool{}
	for _, p := range parts {
		for _, e := range p.Entries {
			if !seen[e.Type] {
				seen[e.Type] = true
				f.Add([]byte(e.Resource), []byte(`{"resourceType":"Goal","id":"g"}`))
			}
		}
	}
	for _, text := range []string{
		`{"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"repeat":{"frequency":{},"period":[1],"when":[[]]}},"doseAndRate":"x"}],"medicationReference":{"reference":"#a"},"contained":[{"id":"a"}]}`,
		`{"resourceType":"Observation","valueQuantity":{"value":1e999},"component":[{"component":[]}],"referenceRange":{"low":[]}}`,
		`{"resourceType":"PractitionerRole","id":"a","practitioner":{"reference":"PractitionerRole/a"}}`,
		`{"resourceType":"QuestionnaireResponse","item":[{"item":[{"item":[{}]}]}]}`, `{"resourceType":"Patient","name":"x","birthDate":["1958-02-11"],"contact":[[]]}`,
		`{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"text/plain;charset=latin1","data":"/w=="}}]}`, `{"resourceType":"\u202e"}`, `[[[`,
		`{"resourceType":"Observation","status":"final","effectiveDateTime":"2026-02-05","code":{"coding":[{"system":"x","code":"1"}]},"component":[{"code":{"text":"a"},"valueQuantity":{"value":-1e308}},{"code":{"text":"a"},"valueQuantity":{"value":1e308}}]}`,
		`{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"},{"system":"x","code":"1"}]},"criticality":"high"}`,
	} {
		f.Add([]byte(text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		part := from("riverside", collect.Complete)
		for _, text := range [][]byte{one, other} {
			part.Entries = append(part.Entries, collect.Entry{FullURL: "http://b.example/X/1", Resource: text})
		}
		v := record.Read([]collect.Part{part, part, from("hill", "")}, alice, now)
		s := v.Sources[0]
		if v.Stop != "" || s.Apart {
			if len(all(v)) != 0 {
				t.Fatal("stopped, and shown")
			}
			return
		}
		if got := s.Odd + s.Shown; got != 2 && !(got == 1 && string(one) == string(other)) {
			t.Fatalf("%d odd and %d shown of two", s.Odd, s.Shown)
		}
		if len(all(v)) != 2*s.Shown || v.Total != len(all(v)) {
			t.Fatalf("%d lines of %d", len(all(v)), 2*s.Shown)
		}
		for _, l := range all(v) {
			if l.Title == "" || l.Kind == "" || l.Category == "" {
				t.Fatalf("a line without a name: %+v", l)
			}
			proper(t, l.Title, l.Kind, l.Value, l.Range, l.Dated(), l.Prose)
			for _, f := range l.Facts {
				proper(t, f.Name, f.Text)
			}
			for _, m := range l.Marks {
				proper(t, m.Text)
			}
			for _, c := range l.Changes {
				proper(t, c.String())
			}
			proper(t, l.Ago)
		}
		grouped := 0
		for _, g := range slices.Concat(v.Summary.Allergies.Groups, v.Summary.Problems.Groups) {
			grouped += len(g.Lines)
			proper(t, append(g.Conflicts, g.Name)...)
		}
		if want := len(v.Summary.Allergies.Current) + len(v.Summary.Problems.Lines); grouped != want {
			t.Fatalf("%d entries in groups, of %d", grouped, want)
		}
		for _, c := range v.Categories {
			for _, s := range c.Series {
				if p := s.Picture(); p != nil {
					for _, d := range p.Dots { // a figure that is none would tear the picture
						if !(d.X >= p.Left && d.X <= p.Right && d.Y >= p.Top && d.Y <= p.Bottom) {
							t.Fatalf("a dot at %g, %g", d.X, d.Y)
						}
					}
				}
			}
		}
	})
}

func proper(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for _, r := range text {
			if r != '\n' && unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r >= 0xe0000 && r <= 0xe007f {
				t.Fatalf("%q holds %U", text, r)
			}
		}
		if len(text) > 400_000 {
			t.Fatalf("%d bytes in one text", len(text))
		}
		if strings.Contains(text, "%!") {
			t.Logf("a format gone wrong? %q", text)
		}
	}
}
