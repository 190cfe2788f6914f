package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Imported says what an import did.
type Imported struct {
	Resources int // lines that held one
	Added     int // entries that are new
	Changed   int // new versions of entries that were there
	Unchanged int // entries that were there and say the same
	// WithoutEffect are the resources that open nothing now, by type and reason:
	// some stand for no entry at all, others for one that has ended.
	WithoutEffect []WithoutEffect
}

// WithoutEffect counts resources of one type that open nothing, for one reason.
type WithoutEffect struct {
	Type, Why string
	Resources int
}

// String says it in words, one reason a line. It never names a patient.
func (i Imported) String() string {
	if i.Resources == 0 {
		return "0 resources: the file holds none, and nothing was imported"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d resources: %d entries added, %d changed, %d unchanged", i.Resources, i.Added, i.Changed, i.Unchanged)
	if i.WithoutEffect != nil {
		b.WriteString("\nwithout effect now:")
	}
	for _, w := range i.WithoutEffect {
		fmt.Fprintf(&b, "\n  %d %s: %s", w.Resources, w.Type, w.Why)
	}
	return b.String()
}

// without counts one resource; the list stays sorted.
func (i *Imported) without(kind, why string) {
	at, found := slices.BinarySearchFunc(i.WithoutEffect, WithoutEffect{Type: kind, Why: why}, func(a, b WithoutEffect) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Why, b.Why))
	})
	if !found {
		i.WithoutEffect = slices.Insert(i.WithoutEffect, at, WithoutEffect{Type: kind, Why: why})
	}
	i.WithoutEffect[at].Resources++
}

// Fault is what is to be corrected in one line. It names elements and never
// holds a value of the line.
type Fault struct {
	Line    int // the first line is 1
	Problem string
}

// ImportError lists everything that is to be corrected. Nothing was imported.
type ImportError struct{ Faults []Fault }

// Error lists all faults, one a line.
func (e *ImportError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "importing: nothing was imported, %d to correct:", len(e.Faults))
	for _, f := range e.Faults {
		fmt.Fprintf(&b, "\nline %d: %s", f.Line, f.Problem)
	}
	return b.String()
}
