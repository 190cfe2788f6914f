package record_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/collect"
)

// On paper what several sources say alike of who it is stands once, with their
// names; what one of them says otherwise stands by itself. On a screen, where a
// source can be chosen, each has its own.
func TestAPrintSaysOnceWhoItIs(t *testing.T) {
	moved := patientBorn(`,'birthDate':'1958-02-11','address':[{'text':'1 New Road'}]`)
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, right), from("wend", collect.Complete, moved), from("hill", collect.Complete, right)}}
	s := console(t, b, anna(alice))
	for path, want := range map[string][]string{
		"record/print":   {"Hill, Riverside", "Wend"},
		"record?whole=1": {"Hill", "Riverside", "Wend"},
	} {
		_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		var got []string
		for _, l := range elements(t, body, "li", "mcr-line") {
			if attribute(l, "data-category") != "demographics" {
				continue
			}
			for n := range l.Descendants() {
				if n.Type == html.ElementNode && slices.Contains(strings.Fields(attribute(n, "class")), "mcr-source") {
					got = append(got, wordsOf(n))
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: from %q, want %q", path, got, want)
		}
		check(t, path, body)
	}
}
