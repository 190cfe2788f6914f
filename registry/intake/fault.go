package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is what is to be corrected in one line. It names elements and never
// holds a value of the line.
type Fault struct {
	Line    int // the first line is 1
	Problem string
}

func (f Fault) String() string { return fmt.Sprintf("line %d: %s", f.Line, f.Problem) }

// ImportError says what is to be corrected.
type ImportError struct {
	Faults []Fault // the first hundred that were found, in the order of lines
	Count  int     // of all
	// Rest says that all other lines were imported: the faults could be seen only then, since
	// somebody changed what is on record meanwhile. Else nothing was imported.
	Rest bool
}

// Summary says it in one line.
func (e *ImportError) Summary() string {
	if e.Rest {
		return fmt.Sprintf("importing: all was imported but for what others changed meanwhile, %d to correct and to import again", e.Count)
	}
	return fmt.Sprintf("importing: nothing was imported, %d to correct", e.Count)
}

// Error lists the faults, one a line.
func (e *ImportError) Error() string {
	var b strings.Builder
	b.WriteString(e.Summary() + ":")
	for _, f := range e.Faults {
		b.WriteString("\n" + f.String())
	}
	if more := e.Count - len(e.Faults); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// mostFaults is how many faults are kept. All are told.
const mostFaults = 100

// faults are those that were found.
type faults struct {
	told  func(Fault)
	first []Fault
	count int
}

func (f *faults) add(line int, problems ...string) {
	for _, p := range problems {
		fault := Fault{line, p}
		if f.count++; len(f.first) < mostFaults {
			f.first = append(f.first, fault)
		}
		if f.told != nil {
			f.told(fault)
		}
	}
}

// error gives the error that they are, nil where there are none.
func (f *faults) error(rest bool) error {
	if f.count == 0 {
		return nil
	}
	slices.SortStableFunc(f.first, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return &ImportError{f.first, f.count, rest}
}
