package record_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/collect"
)

// elements gives what a page has of an element with a class.
func elements(t *testing.T, body, name, class string) []*html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name && slices.Contains(strings.Fields(attribute(n, "class")), class) {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *html.Node, key string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

func open(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "open" })
}

// wordsOf is what an element says, but for what the style sheet keeps for paper.
func wordsOf(n *html.Node) string {
	var out []string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			out = append(out, n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !strings.Contains(attribute(c, "class"), "mcr-unfolded") {
				walk(c)
			}
		}
	}
	walk(n)
	return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
}

// What is the matter, and what helps, stands before the names of those that it is
// about; of many the number stands there, and the names behind it, open on paper.
func TestTheMessageStandsBeforeTheNamesOfTheSources(t *testing.T) {
	parts := []collect.Part{from("riverside", collect.Complete), from("late", collect.TimedOut)}
	for _, id := range []string{"ash", "birch", "cedar", "dogwood"} {
		p := from(id, collect.Refused)
		p.Reason = collect.Reason{Code: "opted-out", Text: "The patient has opted out.", Remedy: "Telephone Riverside on 01632 960101."}
		parts = append(parts, p)
	}
	s := console(t, &brokers{parts: parts}, anna(alice))
	for path, unfolded := range map[string]bool{"record?whole=1": false, "record/print": true} {
		_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		items := elements(t, body, "li", "mcr-attention__item")
		if len(items) != 2 {
			t.Fatalf("%s: %d items", path, len(items))
		}
		for i, want := range []string{
			"Did not answer in time. Some or all of this record is missing. Source: Late (01632 960100)",
			"The patient has opted out. Telephone Riverside on 01632 960101. 4 of 6 sources Ash Birch Cedar Dogwood",
		} {
			if got := wordsOf(items[i]); got != want {
				t.Errorf("%s says\n%s\nwant\n%s", path, got, want)
			}
		}
		strong := slices.IndexFunc(slices.Collect(items[1].Descendants()), func(n *html.Node) bool { return n.Data == "strong" })
		if all := slices.Collect(items[1].Descendants()); strong < 0 || wordsOf(all[strong]) != "The patient has opted out. Telephone Riverside on 01632 960101." {
			t.Errorf("%s: the message does not stand out", path)
		}
		allergies := elements(t, body, "div", "mcr-account--unknown")
		if len(allergies) != 1 || wordsOf(allergies[0]) != "Allergies not known from 5 of 6 sources. Which sources, and why Late (did not answer in time) Ash, Birch, Cedar and Dogwood (not shown to you)" {
			t.Errorf("%s of allergies: %d, %s", path, len(allergies), wordsOf(allergies[0]))
		}

		folded := elements(t, body, "details", "mcr-names")
		if len(folded) != 2 {
			t.Fatalf("%s folds %d lists of names", path, len(folded))
		}
		paper := elements(t, body, "p", "mcr-unfolded")
		for i, d := range folded {
			if attribute(d, "id") == "" {
				t.Error("without an id the names close when another source answers")
			}
			switch {
			case open(d) != unfolded:
				t.Errorf("%s: open %v", path, open(d))
			case !unfolded && (len(paper) != 2 || !strings.Contains(wordsOf(paper[i]), "Dogwood")):
				t.Errorf("%s printed as it is: %d lists of names for paper", path, len(paper))
			}
		}
	}
}

// Those whose telephone helps have it behind their number too, and that is said.
func TestTelephonesOfManySourcesAreNotLost(t *testing.T) {
	var parts []collect.Part
	for _, id := range []string{"ash", "birch", "cedar", "dogwood"} {
		parts = append(parts, from(id, collect.TimedOut))
	}
	s := console(t, &brokers{parts: parts}, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	items := elements(t, body, "li", "mcr-attention__item")
	if len(items) != 1 || !strings.Contains(wordsOf(items[0]), "4 of 4 sources, with their telephone numbers") || strings.Count(wordsOf(items[0]), "(01632 960100)") != 4 {
		t.Errorf("%d items: %s", len(items), body)
	}
}
