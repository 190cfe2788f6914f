package tried

import (
	"fmt"
	"io"
	"strings"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/check"
)

// Difference is what two outcomes of the same kinds of things have different.
type Difference struct {
	Broke  []check.Finding // fail that passed
	New    []check.Finding // fail, and were not there
	Mended []check.Finding // pass that failed
	Gone   []check.Finding // are not tried any more; whether they passed does not count
	Added  int             // pass, and were not there
}

// None says that nothing differs.
func (d Difference) None() bool {
	return len(d.Broke)+len(d.New)+len(d.Mended)+len(d.Gone)+d.Added == 0
}

// Since compares an outcome with the one before it. A thing is the same by its kind, file and
// name; of several with one name the first is compared with the first.
func (o Outcome) Since(before Outcome) Difference {
	was := byKey(before.Findings)
	is := byKey(o.Findings)
	var d Difference
	for _, f := range keyed(o.Findings) {
		old, there := was[f.key]
		switch {
		case !f.Passed() && there && old.Passed():
			d.Broke = append(d.Broke, f.Finding)
		case !f.Passed() && !there:
			d.New = append(d.New, f.Finding)
		case f.Passed() && there && !old.Passed():
			d.Mended = append(d.Mended, f.Finding)
		case f.Passed() && !there:
			d.Added++
		}
	}
	for _, f := range keyed(before.Findings) {
		if _, there := is[f.key]; !there {
			d.Gone = append(d.Gone, f.Finding)
		}
	}
	return d
}

type keyedFinding struct {
	check.Finding
	key string
}

func keyed(list []check.Finding) []keyedFinding {
	seen := map[string]int{}
	out := make([]keyedFinding, len(list))
	for i, f := range list {
		key := strings.Join([]string{string(f.Kind), f.File, f.Name}, "\x00")
		seen[key]++
		out[i] = keyedFinding{f, fmt.Sprintf("%s\x00%d", key, seen[key])}
	}
	return out
}

func byKey(list []check.Finding) map[string]check.Finding {
	out := map[string]check.Finding{}
	for _, f := range keyed(list) {
		out[f.key] = f.Finding
	}
	return out
}

// named are the kinds in words, one and many.
var named = map[check.Kind][2]string{
	check.OfTest: {"test", "tests"}, check.OfCase: {"case", "cases"}, check.OfFault: {"fault", "faults"},
	check.OfDrops: {"proof with something missing", "proofs with something missing"}, check.OfCoverage: {"proof that every line is reached", "proofs that every line is reached"},
	ofInvariant: {"invariant", "invariants"},
}

// kinds is the order in which they are told.
var kinds = []check.Kind{check.OfFault, check.OfCase, check.OfTest, check.OfDrops, check.OfCoverage, ofInvariant}

// Write tells what differs, what fails that passed first.
func (d Difference) Write(w io.Writer) {
	for _, part := range []struct {
		list     []check.Finding
		one, all string
		wrong    bool
	}{
		{d.Broke, "fails that passed", "fail that passed", true},
		{d.New, "that is new fails", "that are new fail", true},
		{d.Mended, "passes that failed", "pass that failed", false},
		{d.Gone, "is not there any more", "are not there any more", false},
	} {
		for _, kind := range kinds {
			var of []check.Finding
			for _, f := range part.list {
				if f.Kind == kind {
					of = append(of, f)
				}
			}
			if len(of) == 0 {
				continue
			}
			verb := part.all
			switch {
			case kind == check.OfFault && part.wrong:
				verb = "keep the tests from being run"
				if len(of) == 1 {
					verb = "keeps the tests from being run"
				}
			case len(of) == 1:
				verb = part.one
			}
			fmt.Fprintf(w, "%s %s:\n", book.Count(len(of), named[kind][0], named[kind][1]), verb)
			tell(w, of, part.wrong)
		}
	}
	if d.Added > 0 {
		fmt.Fprintf(w, "%s.\n", book.Count(d.Added, "that is new passes", "that are new pass"))
	}
}

// mostTold is how many of one kind are told one by one.
const mostTold = 10

func tell(w io.Writer, list []check.Finding, why bool) {
	for i, f := range list {
		if i == mostTold {
			fmt.Fprintf(w, "  ... and %d more\n", len(list)-i)
			return
		}
		place := f.File
		if f.Line > 0 {
			place = fmt.Sprintf("%s, line %d", f.File, f.Line)
		}
		fmt.Fprintf(w, "  %s\n", strings.TrimPrefix(place+": "+f.Name, ": "))
		if !why || f.Kind == check.OfFault {
			continue
		}
		for n, line := range f.Wrong {
			if n == mostTold {
				fmt.Fprintf(w, "      ... and %d more\n", len(f.Wrong)-n)
				break
			}
			fmt.Fprintf(w, "      %s\n", line)
		}
	}
}
