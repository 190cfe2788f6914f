package record_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// drawn is the picture of a series of potassium.
func drawn(results ...string) *record.Picture {
	v := record.Read([]collect.Part{from("riverside", collect.Complete, results...)}, alice, now)
	for _, c := range v.Categories {
		for _, s := range c.Series {
			return s.Picture()
		}
	}
	return nil
}

// Every label of the axis of time has its year.
func TestTheAxisOfTimeHasItsYears(t *testing.T) {
	for name, c := range map[string]struct {
		first, last string
		want        []string
	}{
		"years":             {"2019-01-05", "2025-01-05", []string{"Jan 2019", "Jan 2021", "Jan 2023", "Jan 2025"}},
		"some months":       {"2025-11-01", "2026-01-30", []string{"1 Nov 2025", "1 Dec 2025", "31 Dec 2025", "30 Jan 2026"}},
		"two days":          {"2025-12-30", "2026-01-01", []string{"30 Dec 2025", "30 Dec 2025", "31 Dec 2025", "1 Jan 2026"}},
		"some hours":        {"2026-02-05T08:00:00Z", "2026-02-05T17:00:00Z", []string{"08:00 5 Feb 2026", "11:00 5 Feb 2026", "14:00 5 Feb 2026", "17:00 5 Feb 2026"}},
		"a moment":          {"2026-02-05T08:00:00Z", "2026-02-05T08:00:00Z", []string{"08:00 5 Feb 2026"}},
		"over a summertime": {"2025-07-01T12:00:00+01:00", "2025-07-01T20:00:00+01:00", []string{"12:00 1 Jul 2025", "14:40 1 Jul 2025", "17:20 1 Jul 2025", "20:00 1 Jul 2025"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := drawn(potassium("1", c.first, "4.1", "mmol/L"), potassium("2", c.last, "4.4", "mmol/L"))
			var got []string
			for _, tick := range p.Along {
				got = append(got, tick.Words+" "+tick.Below)
			}
			if name == "two days" { // of labels that say the same there is one
				c.want = c.want[1:]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever the figures are, the picture stays in its frame, in round steps.
func TestAPictureStaysInItsFrame(t *testing.T) {
	const usual = `,'referenceRange':[{'low':{'value':3.5},'high':{'value':5.3}}]`
	for name, c := range map[string]struct {
		first, second string
		more          string
		up            []string
	}{
		"usual":            {"4.1", "6.2", usual, []string{"4", "5", "6"}},
		"the same":         {"4", "4", "", []string{"3.6", "3.8", "4", "4.2", "4.4"}},
		"nought":           {"0", "0", "", []string{"-0.1", "-0.05", "0", "0.05", "0.1"}},
		"small":            {"0.0001", "0.0002", "", []string{"0.0001", "0.00012", "0.00014", "0.00016", "0.00018", "0.0002"}},
		"large":            {"1000000", "9000000", "", []string{"2000000", "4000000", "6000000", "8000000"}},
		"below nought":     {"-4", "3", "", []string{"-4", "-2", "0", "2"}},
		"beyond all":       {"-1e308", "1e308", "", nil},
		"no number at all": {"1e999", "4", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := drawn(potassium("1", "2026-01-05", c.first, "mmol/L", c.more), potassium("2", "2026-02-05", c.second, "mmol/L", c.more))
			if p == nil {
				if c.up != nil {
					t.Fatal("no picture")
				}
				return
			}
			var up []string
			for _, tick := range p.Up {
				up = append(up, tick.Words)
				if tick.Y < p.Top || tick.Y > p.Bottom {
					t.Errorf("%s stands at %g", tick.Words, tick.Y)
				}
			}
			if diff := cmp.Diff(c.up, up); diff != "" {
				t.Error(diff)
			}
			for _, d := range p.Dots {
				if d.X < p.Left || d.X > p.Right || d.Y < p.Top || d.Y > p.Bottom {
					t.Errorf("a dot at %g, %g", d.X, d.Y)
				}
			}
		})
	}
}

// What stands on the page is an SVG that a reader of XML reads, with a dot for each result
// and the years; on paper too. A source's words in it are words.
func TestThePageHasAPictureOfEachSeries(t *testing.T) {
	parts := []collect.Part{
		from("riverside", collect.Complete, right, potassium("1", "2019-01-05", "4.1", "mmol/L"), potassium("2", "2025-02-05", "4.4", "mmol/L")),
		from("hill", collect.Complete, strings.Replace(potassium("3", "2022-02-05", "6.9", "mmol/L", `,'interpretation':[{'coding':[{'code':'H'}]}]`), "'Potassium'", `'<script>x</script>'`, 1)),
	}
	parts[1].Source.Name = `Hill "&" <b>`
	s := console(t, &brokers{parts: parts}, anna(alice))
	for _, path := range []string{"record?whole=1", "record/print"} {
		_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		_, rest, _ := strings.Cut(body, "data-picture>")
		svg, _, ok := strings.Cut(rest, "</svg>")
		if !ok {
			t.Fatalf("%s has no picture", path)
		}
		dots, words := 0, ""
		for d := xml.NewDecoder(strings.NewReader(svg + "</svg>")); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v in %s", path, err, svg)
			}
			switch token := token.(type) {
			case xml.StartElement:
				for _, a := range token.Attr {
					if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(fmt.Sprint(a.Value), "ZgotmplZ") {
						t.Errorf("%s: %s=%q", path, a.Name.Local, a.Value)
					}
				}
				if token.Name.Local == "circle" {
					dots++
				}
			case xml.CharData:
				words += " " + string(token)
			}
		}
		if dots != 4 || !strings.Contains(words, "2019") || !strings.Contains(words, "2025") {
			t.Errorf("%s: %d dots, of which one has a ring, and the words %s", path, dots, words)
		}
	}
}
