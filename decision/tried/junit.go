package tried

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/legible"
)

// The elements and attributes are those that Jenkins's schema (junit-10.xsd of its xUnit
// plugin) knows, and no others: GitLab, GitHub's and Azure's readers take these too. Where a
// test stands is said in its failure, since the schema has no attribute for it.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Time     string   `xml:"time,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suites   []*suite `xml:"testsuite"`
	}
	suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Time     string     `xml:"time,attr"`
		File     string     `xml:"file,attr,omitempty"`
		Cases    []testcase `xml:"testcase"`
	}
	testcase struct {
		Name      string   `xml:"name,attr"`
		Classname string   `xml:"classname,attr"`
		Time      string   `xml:"time,attr"`
		Failure   *problem `xml:"failure"`
		Error     *problem `xml:"error"`
	}
	problem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes an outcome as JUnit's XML. What was not tried is an error in it, so that no
// server takes a run that was ended for one that passed.
func (o Outcome) JUnit(w io.Writer) error {
	all := suites{Name: "mcr policy test", Time: seconds(o.Took)}
	took := map[*suite]time.Duration{}
	in := func(kind check.Kind, file string) *suite {
		name := string(kind)
		if file != "" {
			name += ": " + file
		}
		for _, s := range all.Suites {
			if s.Name == name {
				return s
			}
		}
		s := &suite{Name: name, File: file}
		all.Suites = append(all.Suites, s)
		return s
	}
	for _, f := range o.Findings {
		s := in(f.Kind, f.File)
		one := testcase{Name: legible.Line(f.Name), Classname: s.Name, Time: seconds(f.Took)}
		if !f.Passed() {
			place := f.File
			if f.Line > 0 {
				place = fmt.Sprintf("%s:%d", f.File, f.Line)
			}
			p := &problem{Type: string(f.Kind), Message: legible.Line(f.Wrong[0]), Text: legible.Lines(strings.TrimSpace(place + "\n" + strings.Join(f.Wrong, "\n")))}
			if f.Kind == check.OfFault {
				one.Error = p
				s.Errors++
			} else {
				one.Failure = p
				s.Failures++
			}
		}
		s.Tests++
		took[s] += f.Took
		s.Cases = append(s.Cases, one)
	}
	if o.Stopped != nil || len(o.Findings) == 0 {
		why := "nothing was tried"
		if o.Stopped != nil {
			why = o.Stopped.Error()
		}
		s := in("run", "")
		s.Tests, s.Errors = 1, 1
		s.Cases = []testcase{{
			Name: "all is tried", Classname: s.Name, Time: seconds(0),
			Error: &problem{Type: "incomplete", Message: legible.Line(why), Text: legible.Lines(why)},
		}}
	}
	for _, s := range all.Suites {
		s.Time = seconds(took[s])
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
