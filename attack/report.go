package attack

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"
)

const (
	widest = 100 // of one cell
)

// shown is a text for people: printable, in one line, not too long.
func shown(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > widest {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Row is one line of the table.
func (r Result) Row() string {
	sent, seen := "", ""
	if n := len(r.Steps); n > 0 {
		last := r.Steps[n-1]
		sent, seen = last.As+": "+last.Sent, last.Seen
	}
	line := fmt.Sprintf("%-40s %-14s %-10s %s\n", r.Case.ID, r.Verdict, seen, shown(r.Case.Title))
	if r.Verdict == GotThrough {
		line += fmt.Sprintf("    sent: %s\n    seen: %s: %s\n", sent, seen, r.Why)
	}
	if r.Verdict == NotApplicable {
		line += "    " + r.Why + "\n"
	}
	return line
}

// Summary is the last line: N attacks: H held, G got through, A not applicable.
func Summary(results []Result) string {
	n := Count(results)
	return fmt.Sprintf("%d attacks: %d held, %d got through, %d not applicable", len(results), n[Held], n[GotThrough], n[NotApplicable])
}

// Count gives the number of each verdict.
func Count(results []Result) map[Verdict]int {
	n := map[Verdict]int{}
	for _, r := range results {
		n[r.Verdict]++
	}
	return n
}

// WriteJSON writes the results for programs.
func WriteJSON(w io.Writer, p Profile, results []Result) error {
	type step struct {
		Control bool   `json:"control,omitempty"`
		As      string `json:"as"`
		Sent    string `json:"sent"`
		Seen    string `json:"seen"`
	}
	type line struct {
		ID      string `json:"id"`
		Number  string `json:"number"`
		Title   string `json:"title"`
		Verdict string `json:"verdict"`
		Why     string `json:"why,omitempty"`
		Reason  string `json:"reason"`
		Source  string `json:"source"`
		Steps   []step `json:"steps"`
	}
	n := Count(results)
	out := struct {
		Profile       string `json:"profile"`
		Base          string `json:"base"`
		Attacks       int    `json:"attacks"`
		Held          int    `json:"held"`
		GotThrough    int    `json:"got_through"`
		NotApplicable int    `json:"not_applicable"`
		Results       []line `json:"results"`
	}{p.Name, p.Base, len(results), n[Held], n[GotThrough], n[NotApplicable], []line{}}
	for _, r := range results {
		l := line{r.Case.ID, r.Case.Number(), r.Case.Title, string(r.Verdict), r.Why, r.Case.Reason, r.Case.Source, []step{}}
		for _, s := range r.Steps {
			l.Steps = append(l.Steps, step(s))
		}
		out.Results = append(out.Results, l)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

// WriteJUnit writes the results as JUnit XML, for CI: what got through is a failure,
// what is not applicable is skipped.
func WriteJUnit(w io.Writer, p Profile, results []Result) error {
	type message struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testcase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Failure *message `xml:"failure,omitempty"`
		Skipped *message `xml:"skipped,omitempty"`
	}
	type testsuite struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Cases    []testcase `xml:"testcase"`
	}
	n := Count(results)
	suite := testsuite{Name: "mcr attack " + p.Name, Tests: len(results), Failures: n[GotThrough], Skipped: n[NotApplicable]}
	for _, r := range results {
		c := testcase{Name: r.Case.ID + ": " + r.Case.Title, Class: "attack." + r.Case.Number()}
		switch r.Verdict {
		case GotThrough:
			c.Failure = &message{r.Why, r.Row()}
		case NotApplicable:
			c.Skipped = &message{Message: r.Why}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	return encoder.Encode(suite)
}

// Explain tells a case to people: why it is an attack and what is sent.
func (c Case) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n\n  %s\n  Source: %s\n", c.ID, c.Title, strings.TrimSpace(c.Reason), c.Source)
	for i, s := range c.Steps {
		kind, as := "attack", s.As
		if s.Control {
			kind = "honest"
		}
		if as == "" {
			as = "permitted"
		}
		what := s.Send
		if s.Raw != "" {
			what = "raw bytes: " + shown(strings.SplitN(s.Raw, "\n", 2)[0])
		}
		fmt.Fprintf(&b, "  %d. %s, as %s: %s\n", i+1, kind, as, strings.ReplaceAll(what, "{each}", c.each))
		expect := strings.Join(s.Want.Status, " or ")
		if s.Want.SameAs != "" {
			expect += " the same as " + s.Want.SameAs
		}
		fmt.Fprintf(&b, "     wanted: %s\n", strings.TrimSpace(expect))
	}
	return b.String()
}
