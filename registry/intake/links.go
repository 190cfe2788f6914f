package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// Links between NHS numbers hold only together: of two lines that move a link from one number to
// another, one alone would leave a person with two numbers in use, or none, of whom nothing is
// known until the other line is taken. So lines that have links, or end some, are taken last, those
// about the same people in one transaction.

const (
	mostLinked = 100_000 // lines with links in one file
	mostGroup  = 256     // of them that are about the same people
)

var (
	errManyLinks = fmt.Sprintf("Patient: link: the file has more than %d lines with links between NHS numbers: send them in several files", mostLinked)
	errGroup     = fmt.Sprintf("Patient: link: joins more than %d lines of the file to one person: correct the links", mostGroup)
	errOthers    = "Patient: link: belongs to links of other lines that could not be taken"
)

// spot is where a line with links is.
type spot struct {
	line   int
	offset int64
}

// links are the lines with links of a file, and the numbers that they join.
type links struct {
	spots []spot
	of    []uint64          // a number of each
	joins map[uint64]uint64 // a number → another one of the same people, itself at the end
}

// findLinked finds the numbers of the people whom the links of the resource are about, those that
// it says, ends, or would join to others.
func (r *resource) findLinked(ctx context.Context, from registry.Reader, newest []registry.Entry) error {
	var ends []nhs.Number
	for _, list := range [][]registry.Entry{r.entries, newest} {
		for _, e := range list {
			if e.Kind != registry.KindNumberLink || e.Patient.IsZero() {
				continue
			}
			ends = append(ends, e.Patient)
		}
	}
	slices.SortFunc(ends, func(a, b nhs.Number) int { return cmp.Compare(a.Digits(), b.Digits()) })
	for _, n := range slices.Compact(ends) {
		all, err := registry.Numbers(ctx, from, n)
		if errors.Is(err, registry.ErrManyNumbers) {
			all = []nhs.Number{n} // told when the links are checked
		} else if err != nil {
			return err
		}
		for _, n := range all {
			value, err := strconv.ParseUint(n.Digits(), 10, 64)
			if err != nil {
				return err
			}
			r.linked = append(r.linked, value)
		}
	}
	return nil
}

// add takes a line, unless there are too many.
func (k *links) add(l *line) bool {
	if len(k.spots) == mostLinked {
		return false
	}
	if k.joins == nil {
		k.joins = map[uint64]uint64{}
	}
	first := l.res.linked[0]
	k.spots = append(k.spots, spot{l.number, l.offset})
	k.of = append(k.of, first)
	for _, n := range l.res.linked {
		k.joins[k.root(n)] = k.root(first)
	}
	return true
}

// root finds the number that stands for all that are joined.
func (k *links) root(n uint64) uint64 {
	for {
		next, known := k.joins[n]
		if !known {
			k.joins[n] = n
			return n
		}
		if next == n {
			return n
		}
		k.joins[n] = k.joins[next] // half the way next time
		n = next
	}
}

// groups gives the lines by the people that they are about, in the order of their first lines.
func (k *links) groups() (groups [][]spot) {
	at := map[uint64]int{}
	for i, s := range k.spots {
		root := k.root(k.of[i])
		g, known := at[root]
		if !known {
			g = len(groups)
			at[root] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], s)
	}
	return groups
}

// readGroup reads the lines of a group again.
func (i *importer) readGroup(group []spot) ([]*line, error) {
	lines := make([]*line, len(group))
	for at, s := range group {
		l, err := i.file.line(s.line, s.offset)
		if err != nil {
			return nil, err
		}
		if l.read(&i.reading); l.res == nil || len(l.problems) > 0 {
			return nil, errFileChanged
		}
		lines[at] = l
	}
	return lines, nil
}

// checkLinks finds out whether everybody would have one number in use with what a group says.
func (i *importer) checkLinks(ctx context.Context, group []spot, found *faults) error {
	if len(group) > mostGroup {
		found.add(group[0].line, errGroup)
		return nil
	}
	lines, err := i.readGroup(group)
	if err != nil {
		return err
	}
	if err := lookup(ctx, i.into, lines); err != nil {
		return err
	}
	with := overlay{i.into, map[nhs.Number][]registry.Entry{}}
	for _, l := range lines {
		for _, e := range l.res.plan(l.old, i.opt.By, i.reading.now).add {
			with.added[e.Patient] = append(with.added[e.Patient], e)
		}
	}
	return judgeLinks(ctx, with, lines, found)
}

// judgeLinks finds the lines whose people have no one number in use.
func judgeLinks(ctx context.Context, from registry.Reader, lines []*line, found *faults) error {
	for _, l := range lines {
		judged := map[nhs.Number]bool{}
		for _, e := range slices.Concat(l.res.entries, l.old) {
			if e.Kind != registry.KindNumberLink || judged[e.Patient] {
				continue
			}
			judged[e.Patient] = true
			err := registry.OneInUse(ctx, from, e.Patient)
			if errors.Is(err, registry.ErrAmbiguous) || errors.Is(err, registry.ErrManyNumbers) {
				found.add(l.number, "Patient: link: "+err.Error())
				break
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// overlay is what is on record with what would be added.
type overlay struct {
	registry.Reader
	added map[nhs.Number][]registry.Entry
}

func (o overlay) Versions(ctx context.Context, number nhs.Number, take func(*registry.Entry) error) error {
	if err := o.Reader.Versions(ctx, number, take); err != nil {
		return err
	}
	for _, e := range o.added[number] {
		if err := take(&e); err != nil {
			return err
		}
	}
	return nil
}
