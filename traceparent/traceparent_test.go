package traceparent_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/traceparent"
)

const theNumber = "9995650088"

var (
	form   = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)
	letter = regexp.MustCompile(`[a-f]`)
)

// What is taken over stays to the letter.
func TestAHeaderIsTakenOver(t *testing.T) {
	const header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	p, ok := traceparent.Read(header)
	if !ok || p.String() != header || p.Trace() != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("got %v, %s", ok, p)
	}
}

func TestWhatIsNoHeaderIsNotTaken(t *testing.T) {
	const header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for name, text := range map[string]string{
		"nothing": "", "a number": theNumber, "another version": "01" + header[2:], "capital letters": strings.ToUpper(header),
		"no trace": "00-" + strings.Repeat("0", 32) + header[35:], "no span": header[:36] + strings.Repeat("0", 16) + "-01",
		"with more": header + "-" + theNumber, "letters that are no digits": strings.Replace(header, "f", "g", 1),
		"no flags": header[:53] + "zz", "a line break": strings.Replace(header, "f", "\n", 1), "other signs between": strings.ReplaceAll(header, "-", "_"),
	} {
		if p, ok := traceparent.Read(text); ok || p.String() != "" || p.Trace() != "" {
			t.Errorf("%s is taken for %s", name, p)
		}
	}
}

// Whoever sends an NHS number where an id belongs does not have it in the trail.
func TestANumberInPlaceOfAnIDIsReplaced(t *testing.T) {
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for _, digits := range []string{theNumber, theNumber + theNumber, "1"} {
		noughts := func(n int) string { return strings.Repeat("0", max(0, n-len(digits))) + digits }
		for name, header := range map[string]string{
			"before it": fmt.Sprintf("00-%s-%s-01", noughts(32), span),
			"behind it": fmt.Sprintf("00-%s%s-%s-01", digits, strings.Repeat("0", 32-len(digits)), span),
		} {
			p, ok := traceparent.Read(header)
			if !ok || strings.Contains(p.String(), digits) && len(digits) > 1 || !form.MatchString(p.String()) || !letter.MatchString(p.Trace()) {
				t.Errorf("noughts %s: %q gives %q", name, header, p)
			}
			if p.String()[36:52] != span {
				t.Errorf("the span, which is none, was replaced: %s", p)
			}
		}
	}
	p, ok := traceparent.Read("00-" + trace + "-000000" + theNumber + "-01")
	if !ok || p.Trace() != trace || strings.Contains(p.String(), theNumber) || !letter.MatchString(p.String()[36:52]) {
		t.Errorf("a number in place of the span gives %s", p)
	}
}

// What is made here is read again as it is: a trace is one trace at every broker.
func TestWhatIsMadeIsReadAgain(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 { // some five of which would have a span of digits
		p := traceparent.New()
		again, ok := traceparent.Read(p.String())
		if !ok || again != p || seen[p.Trace()] {
			t.Fatalf("%s is read as %s", p, again)
		}
		seen[p.Trace()] = true
		next := p.Next()
		if again, ok := traceparent.Read(next.String()); !ok || again != next || next.Trace() != p.Trace() || next == p {
			t.Fatalf("after %s comes %s", p, next)
		}
	}
}

// A request within a trace is sent on with an id of its own.
func Example() {
	p, ok := traceparent.Read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if !ok {
		p = traceparent.New()
	}
	fmt.Println(p.Trace(), p.Next().Trace() == p.Trace())
	// Output: 4bf92f3577b34da6a3ce929d0e0e4736 true
}

// Nor when a letter stands beside it.
func TestANumberBesideALetterIsReplaced(t *testing.T) {
	for _, trace := range []string{"a000000000000000000000" + theNumber, theNumber + "a000000000000000000000", "bbbbbbbbbbb" + theNumber + "bbbbbbbbbbb"} {
		p, ok := traceparent.Read("00-" + trace + "-b00000" + theNumber[:9] + "0-01")
		if !ok || strings.Contains(p.Trace(), theNumber) {
			t.Errorf("%s gives %s", trace, p)
		}
	}
	const other = "a123456789012345678901234567890b" // a longer run
	if p, ok := traceparent.Read("00-" + other + "-00f067aa0ba902b7-01"); !ok || p.Trace() != other {
		t.Errorf("%s gives %s", other, p)
	}
}
