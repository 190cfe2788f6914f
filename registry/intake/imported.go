package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Imported says what an import did.
type Imported struct {
	Resources int // lines that held one, and were taken
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

// count adds what was made of one resource.
func (i *Imported) count(kind string, p *plan) {
	i.Resources++
	i.Added += p.added
	i.Changed += p.changed
	i.Unchanged += p.unchanged
	if p.why != "" {
		i.without(kind, p.why)
	}
}

// copied gives one that can be counted on without changing this one.
func (i Imported) copied() Imported {
	i.WithoutEffect = slices.Clone(i.WithoutEffect)
	return i
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
