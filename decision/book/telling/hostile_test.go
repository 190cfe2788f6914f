package telling_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/book/telling"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/legible"
)

// What the policies say is text, whatever it holds.
func TestHostileWordsOfPoliciesAreText(t *testing.T) {
	const script = `<script>alert(1)</script>`
	fsys := few(t, map[string]func(string) string{
		"rules/restricted/restricted.rego":   policytest.Replace("# title: Elements to take out", "# title: '"+script+" </style> **bold** [x](https://evil.example) ![p](https://evil.example/p.png)'"),
		"testdata/decisions/restricted.yaml": policytest.Replace("- name: ", "- name: '"+script+"\"><img src=x onerror=y> | | `code` {{ x }} www.evil.example' \n    #"),
		"data/roles.json":                    policytest.Replace(`"Social Worker Access Role"`, `"\u003cscript>alert(1)</script>\u202etxet"`),
		"data/reasons.json":                  policytest.Replace("The patient has opted out of", `</td></table><iframe src=//evil.example> <!-- &lt;b&gt; http://evil.example/ a@evil.example`),
	})
	page, mark := told(t, telling.Told{Book: read(t, fsys), Name: script})
	var rendered bytes.Buffer
	if err := markdown.Convert([]byte(mark), &rendered); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"HTML": page, "Markdown": rendered.String()} {
		walk(parsed(t, text), func(n *html.Node) {
			switch n.Data {
			case "script", "img", "iframe", "b", "del", "a", "em":
				if n.Type == html.ElementNode && !strings.HasPrefix(attr(n, "href"), "#") {
					t.Errorf("%s: there is an element %s: %s", form, n.Data, words(n))
				}
			}
			if n.Type == html.CommentNode {
				t.Errorf("%s: there is a remark %q", form, n.Data)
			}
		})
		shown := words(parsed(t, text))
		for _, want := range []string{
			script + " </style> **bold** [x](https://evil.example) ![p]", script + "\"><img src=x onerror=y> | | `code` {{ x }} www.evil.example",
			script + `\u202etxet`, "</td></table><iframe src=//evil.example> <!-- &lt;b&gt; http://evil.example/ a@evil.example",
		} {
			if !strings.Contains(shown, want) {
				t.Errorf("%s does not show %q", form, want)
			}
		}
	}
}

// A text is read as it is, wherever in a book it stands.
func FuzzWhatIsSaidIsRead(f *testing.F) {
	for _, s := range []string{
		"plain words", "<b>", "&lt;", "a | b", "`` ` ``", "1. one", "- x", "# x #", "**x**", "_x_", "a_b_c", "[x]: /y", "![x](y)", "http://x.example", "www.x.example", "x@y.example",
		"~~x~~", "===", "---", "+ x", "> x", "\\", "x\\", "[ ] x", "[^1]: x", "&amp", "<!-- x", "$x$", "{#id}", ": x", "12) x", "*", "**", "a\u202eb", "x\x00y", "\tx", "ftp://x.example", "mailto:x", "!", "a:/b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		if !utf8.ValidString(said) || len(said) > 2000 {
			t.Skip()
		}
		want := legible.Line(strings.Join(strings.Fields(said), " "))
		if want == "" {
			t.Skip()
		}
		b := &book.Book{
			Digest: strings.Repeat("0", 64), Description: said, Promise: said,
			Rules:    []decision.Rule{{Name: "r", Title: said, Description: said, Promise: said, File: "r.rego", Reasons: []string{"c"}, Parts: []decision.Part{{Kind: decision.Permits, Title: said, Description: said}}}},
			Reasons:  []book.ReasonText{{Code: "c", Kind: "refusal", Text: said, Remedy: said, Rules: []string{"r"}}},
			Settings: []book.Setting{{Path: "p", Title: said, Value: said}},
			Lists:    []book.List{{Name: "a/b", File: "f", Title: said, Source: said, Entries: []book.ListEntry{{Key: said, Text: said}}}, {Name: "a/c", Title: said, Entries: []book.ListEntry{{Key: said}}}},
			Cases:    []cases.Result{{File: "f", Name: said, Title: said, Given: []string{said, said}, When: []string{said}, Then: []string{said}, Problems: []string{said}}},
		}
		page, mark := told(t, telling.Told{Book: b, Name: said})
		var rendered bytes.Buffer
		if err := markdown.Convert([]byte(mark), &rendered); err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string]string{"HTML": page, "Markdown": rendered.String()} {
			tags := map[string]int{}
			found := 0
			walk(parsed(t, text), func(n *html.Node) {
				if n.Type == html.ElementNode {
					tags[n.Data]++
				}
				switch n.Data {
				case "h3", "h4", "td", "li", "dd", "th", "p":
					if n.Type == html.ElementNode && strings.Contains(words(n), want) {
						found++
					}
				}
			})
			for _, never := range []string{"script", "img", "em", "del", "code", "pre", "input", "hr", "br", "ol", "sup", "h5", "h6"} {
				if tags[never] > 0 {
					t.Errorf("%s: %q makes %s", form, said, never)
				}
			}
			if form == "Markdown" && tags["a"] > 0 {
				t.Errorf("%q makes a link", said)
			}
			// Plain words in place of it give as many of each.
			if least := 20; found < least {
				t.Errorf("%s: %q is read as it is %d times, and not %d\n%s", form, want, found, least, text)
			}
		}
	})
}
