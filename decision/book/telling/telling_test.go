package telling_test

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/book/telling"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// markdown is how GitHub reads it, what it does beyond CommonMark included.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))

type title struct {
	Level int
	Text  string
}

func told(t *testing.T, one telling.Told) (page, mark string) {
	t.Helper()
	var h, m bytes.Buffer
	if err := one.HTML(&h); err != nil {
		t.Fatal(err)
	}
	if err := one.Markdown(&m); err != nil {
		t.Fatal(err)
	}
	return h.String(), m.String()
}

// few are the policies with one file of cases, changed.
func few(t *testing.T, changes map[string]func(string) string) fstest.MapFS {
	t.Helper()
	fsys := policytest.Changed(t, "testdata/decisions/restricted.yaml", func(s string) string { return s + "\n" })
	policytest.OnlyCases(fsys, "restricted")
	for file, change := range changes {
		was := string(fsys[file].Data)
		now := change(was)
		if was == now {
			t.Fatalf("%s does not change", file)
		}
		fsys[file] = &fstest.MapFile{Data: []byte(now)}
	}
	return fsys
}

func read(t *testing.T, fsys fs.FS) *book.Book {
	t.Helper()
	b, err := book.Read(t.Context(), fsys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var shipped = sync.OnceValue(func() [2]string {
	b, err := book.Read(context.Background(), policies.FS)
	if err != nil {
		panic(err)
	}
	var h, m bytes.Buffer
	one := telling.Told{Book: b, Name: "shipped"}
	if err := one.HTML(&h); err != nil {
		panic(err)
	}
	if err := one.Markdown(&m); err != nil {
		panic(err)
	}
	return [2]string{h.String(), m.String()}
})

// walk goes through all nodes of a page.
func walk(n *html.Node, each func(*html.Node)) {
	each(n)
	for c := range n.ChildNodes() {
		walk(c, each)
	}
}

func words(n *html.Node) string {
	var out strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		}
	})
	return out.String()
}

func parsed(t *testing.T, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// headings are those of a page, but for the one of its contents, which Markdown has not.
func headings(t *testing.T, page string) (out []title) {
	t.Helper()
	walk(parsed(t, page), func(n *html.Node) {
		if len(n.Data) == 2 && n.Type == html.ElementNode && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' && attr(n, "id") != "contents" {
			out = append(out, title{int(n.Data[1] - '0'), words(n)})
		}
	})
	return out
}

// markdownText is what a person sees of a node.
func markdownText(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			// What is escaped is resolved when it is rendered, as is done here.
			var b bytes.Buffer
			_ = markdown.Renderer().Render(&b, source, n)
			out.WriteString(unescaped(b.String()))
		case *ast.String:
			out.Write(n.Value)
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

func unescaped(s string) string { return html.UnescapeString(s) }

func markdownHeadings(source string) (out []title) {
	doc := markdown.Parser().Parse(text.NewReader([]byte(source)))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			out = append(out, title{h.Level, markdownText(h, []byte(source))})
		}
		return ast.WalkContinue, nil
	})
	return out
}

func TestBothFormsHaveTheSameHeadings(t *testing.T) {
	page, mark := shipped()[0], shipped()[1]
	inPage, inMark := headings(t, page), markdownHeadings(mark)
	if diff := cmp.Diff(inPage, inMark); diff != "" {
		t.Errorf("HTML, and Markdown (-html +markdown):\n%s", diff)
	}
	b := policytest.Book(t)
	want := []title{{1, "Policy book"}, {2, "The rules"}}
	for _, r := range b.Rules {
		want = append(want, title{3, r.Title})
	}
	want = append(want, title{2, "What this region has chosen"}, title{2, "What people are told"}, title{2, "Cases"}, title{2, "Lists"})
	at := 0
	for _, h := range inPage {
		if at < len(want) && h == want[at] {
			at++
		}
	}
	if at < len(want) {
		t.Errorf("there is no heading %v in its place", want[at])
	}
}

// Whatever the book of the policies holds is in both.
func TestTheBookIsWhole(t *testing.T) {
	b := policytest.Book(t)
	page := words(parsed(t, shipped()[0]))
	mark := renderedText(t, shipped()[1])
	for form, text := range map[string]string{"HTML": page, "Markdown": mark} {
		has := func(what string) {
			t.Helper()
			if what = strings.Join(strings.Fields(what), " "); !strings.Contains(text, what) {
				t.Errorf("%s does not say %q", form, what)
			}
		}
		has(b.Digest)
		for _, r := range b.Rules {
			has(r.Promise)
			has(r.Description)
			for _, p := range r.Parts {
				has(p.Title)
				has(p.Description)
			}
		}
		for _, r := range b.Reasons {
			has(r.Code)
			has(r.Text)
			has(r.Remedy)
			has(r.RemedyOtherwise)
		}
		for _, s := range b.Settings {
			has(s.Title)
			has(s.Value)
		}
		for _, l := range b.Lists {
			has(l.Title)
			for _, e := range l.Entries {
				has(e.Key)
				has(e.Text)
			}
		}
		for _, c := range b.Cases {
			has(c.Name)
			for _, list := range [][]string{c.Given, c.When, c.Then} {
				for _, s := range list {
					has(s)
				}
			}
		}
	}
}

// renderedText is the text of Markdown as a browser would show it.
func renderedText(t *testing.T, source string) string {
	t.Helper()
	var out bytes.Buffer
	if err := markdown.Convert([]byte(source), &out); err != nil {
		t.Fatal(err)
	}
	return words(parsed(t, out.String()))
}

// What an HTML reader has to mend was not well written: what it read, written again, is what was
// there, sign for sign but for how it writes quotes.
func TestThePageIsWellWrittenAndAsksForNothing(t *testing.T) {
	page := shipped()[0]
	doc := parsed(t, page)
	var again bytes.Buffer
	if err := html.Render(&again, doc); err != nil {
		t.Fatal(err)
	}
	squeezed := func(s string) string {
		s = strings.NewReplacer("<!DOCTYPE html>", "<!doctype html>", "&#34;", "\"", "&#39;", "'", "&quot;", "\"").Replace(s)
		s = strings.ReplaceAll(s, "/>", ">")
		return strings.Join(strings.Fields(s), "")
	}
	a, b := squeezed(page), squeezed(strings.Replace(again.String(), "<!DOCTYPE html>", "<!doctype html>", 1))
	if a != b {
		i := 0
		for i < len(a) && i < len(b) && a[i] == b[i] {
			i++
		}
		t.Errorf("it is read otherwise than it is written, at %.80q and %.80q", a[i:], b[i:])
	}
	var tags []string
	ids, links := map[string]bool{}, []string(nil)
	level := 0
	walk(doc, func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		if !slices.Contains(tags, n.Data) {
			tags = append(tags, n.Data)
		}
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				if ids[a.Val] {
					t.Errorf("the id %q is there twice", a.Val)
				}
				ids[a.Val] = true
			case "href":
				links = append(links, a.Val)
			case "lang", "charset", "name", "content", "http-equiv", "class", "scope", "aria-labelledby":
			default:
				t.Errorf("%s has %s", n.Data, a.Key)
			}
		}
		if n.Data == "th" && attr(n, "scope") == "" {
			t.Error("a table header without scope")
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("from heading %d to %d: %s", level, now, words(n))
			} else {
				level = now
			}
		}
		if n.Data == "html" && attr(n, "lang") != "en-GB" {
			t.Error("in what language?")
		}
		if n.Data == "table" && (n.FirstChild.NextSibling == nil || n.FirstChild.NextSibling.Data != "caption") {
			t.Error("a table without a caption")
		}
	})
	slices.Sort(tags)
	want := strings.Fields("a blockquote body caption dd dl dt h1 h2 h3 h4 head header html li main meta nav p style table tbody td th thead title tr ul")
	if diff := cmp.Diff(want, tags); diff != "" {
		t.Errorf("the elements of the page: %s", diff)
	}
	for _, l := range links {
		if id, ok := strings.CutPrefix(l, "#"); !ok || !ids[id] {
			t.Errorf("a link to %q", l)
		}
	}
	if len(links) < 20 {
		t.Errorf("%d links in the contents", len(links))
	}
	for _, never := range []string{"@import", "url("} {
		if strings.Contains(page, never) {
			t.Errorf("%s is in the page", never)
		}
	}
}

func TestTheSamePoliciesGiveTheSameFile(t *testing.T) {
	fsys := few(t, nil)
	page, mark := told(t, telling.Told{Book: read(t, fsys), Name: "x"})
	again, andAgain := told(t, telling.Told{Book: read(t, fsys), Name: "x"})
	if page != again || mark != andAgain {
		t.Error("it is another")
	}
}

func TestACaseThatFailsIsSaidFirst(t *testing.T) {
	fsys := few(t, map[string]func(string) string{"testdata/decisions/restricted.yaml": policytest.Replace("decision: permit", "decision: refuse")})
	page, mark := told(t, telling.Told{Book: read(t, fsys), Name: "x"})
	for form, text := range map[string]string{"HTML": words(parsed(t, page)), "Markdown": renderedText(t, mark)} {
		warned, rules := strings.Index(text, "decided otherwise than expected"), strings.Index(text, "The rules")
		if warned < 0 || rules < 0 || strings.Index(text, "Nothing may be published") > strings.Index(text, "How the rules are put together") {
			t.Errorf("%s: it is not said first", form)
		}
		if !strings.Contains(text, "decision: expected refuse, got permit") || !strings.Contains(text, "Otherwise than expected: permitted.") {
			t.Errorf("%s: it is not said what is wrong", form)
		}
	}
}
