package plot_test

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/console/plot"
)

// parts gives what a picture holds, by its elements; it is XML too, so that a browser
// reads what we mean.
func parts(t *testing.T, picture template.HTML) map[string][]map[string]string {
	t.Helper()
	all := map[string][]map[string]string{}
	for d := xml.NewDecoder(strings.NewReader(string(picture))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, picture)
		}
		if e, ok := token.(xml.StartElement); ok {
			held := map[string]string{}
			for _, a := range e.Attr {
				held[a.Name.Local] = a.Value
			}
			if held["style"] != "" {
				t.Errorf("a style that the page's policy forbids: %v", held)
			}
			all[e.Name.Local] = append(all[e.Name.Local], held)
		}
	}
}

func TestEachColumnLeadsToItsNumber(t *testing.T) {
	picture := plot.Columns([]plot.Column{
		{"1 March", []plot.Part{{40, "40 answered", "/trail?day=1&x=y"}, {0, "none refused", "/never"}}},
		{"2 March", []plot.Part{{20, "20 answered", "/trail?day=2"}, {1, "1 refused", "/refused"}}},
	})
	got := parts(t, picture)
	if len(got["a"]) != 3 || got["a"][0]["href"] != "/trail?day=1&x=y" || got["a"][2]["href"] != "/refused" || got["a"][0]["tabindex"] != "-1" {
		t.Errorf("%v", got["a"])
	}
	if high, low := got["rect"][1]["height"], got["rect"][3]["height"]; high != "140" || low != "70" {
		t.Errorf("40 is %s high and 20 %s\n%s", high, low, picture)
	}
	for _, nothing := range [][]plot.Column{nil, {{"", nil}}} {
		parts(t, plot.Columns(nothing))
	}
}

func TestACellIsTheDarkerTheLargerItsNumber(t *testing.T) {
	picture := plot.Grid([]string{"0", "1", "2"}, []string{"Mon", "Tue"}, [][]plot.Cell{
		{{N: 1, Link: "/a"}, {N: 0, Link: "/b"}, {N: 1000, Link: "/c"}}, {{N: 400, Link: "/d", Marked: true}, {}, {}},
	})
	got := parts(t, picture)
	classes := ""
	for _, r := range got["rect"] {
		classes += r["class"] + "\n"
	}
	for _, want := range []string{"heat-1", "heat-0", "heat-5", "marked-2"} {
		if !strings.Contains(classes, "mcr-plot__"+want) {
			t.Errorf("no cell is of %s:\n%s", want, classes)
		}
	}
	if len(got["a"]) != 3 || !strings.Contains(string(picture), ">1k<") || len(got["line"]) != 2 {
		t.Errorf("%d links, %d edges\n%s", len(got["a"]), len(got["line"]), picture)
	}
}

// What is given is text: it ends no element and runs nowhere.
func TestWhatIsGivenIsEscaped(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	for _, picture := range []template.HTML{
		plot.Columns([]plot.Column{{evil, []plot.Part{{1, evil, "javascript:alert(1)"}}}}),
		plot.Grid([]string{evil}, []string{evil}, [][]plot.Cell{{{N: 1, Title: evil, Link: "javascript:alert(1)"}}}),
	} {
		got := parts(t, picture)
		if len(got["script"]) > 0 || strings.Contains(string(picture), "javascript:") {
			t.Errorf("%s", picture)
		}
	}
}

func TestABarIsAsLongAsItsShare(t *testing.T) {
	for want, n := range map[string]int{"0.000%": -1, "25.000%": 1, "100.000%": 9} {
		if got := parts(t, plot.Bar(n, 4)); got["rect"][1]["width"] != want {
			t.Errorf("%d of 4 is %s long", n, got["rect"][1]["width"])
		}
	}
}
