package check

import (
	"bytes"
	"errors"

	"github.com/mycarerecord/mcr/fhir"
)

// mostBatch bounds the lenders that are read at once, in bytes: the filter reads
// no text of more than a million values.
const mostBatch = 512 << 10

// lend gives what reports and panels say of the results that they name. Reports
// come first: a panel may be placed by one.
func lend(entries Entries, a Against, links fhir.Links) (fhir.Lent, error) {
	l := lender{a: a, links: links}
	for _, kind := range []struct{ typ, names string }{{"DiagnosticReport", `"result"`}, {"Observation", `"hasMember"`}} {
		for e, err := range entries {
			if err != nil {
				return fhir.Lent{}, err
			}
			if !bytes.Contains(e.Resource, []byte(kind.names)) {
				continue
			}
			got, err := fhir.Examine(e.Resource, a.Owner, a.Plan, links)
			if err != nil {
				return fhir.Lent{}, err
			}
			if got.Type != kind.typ {
				continue
			}
			if err := l.take(e.Resource); err != nil {
				return fhir.Lent{}, err
			}
		}
		if err := l.flush(); err != nil {
			return fhir.Lent{}, err
		}
	}
	return l.a.Owner.Lent, nil
}

// lender gathers lenders into searchsets.
type lender struct {
	a     Against
	links fhir.Links
	batch [][]byte
	size  int
}

func (l *lender) take(resource []byte) error {
	if l.size+len(resource) > mostBatch {
		if err := l.flush(); err != nil {
			return err
		}
	}
	l.batch, l.size = append(l.batch, bytes.Clone(resource)), l.size+len(resource)
	return nil
}

// flush lends what was gathered; each alone, where they are not read together.
func (l *lender) flush() error {
	batch := l.batch
	l.batch, l.size = nil, 0
	err := l.lend(batch)
	if !errors.Is(err, fhir.ErrNotUnderstood) {
		return err
	}
	for i := range batch {
		if err := l.lend(batch[i : i+1]); err != nil && !errors.Is(err, fhir.ErrNotUnderstood) {
			return err
		}
	}
	return nil
}

func (l *lender) lend(batch [][]byte) error {
	if len(batch) == 0 {
		return nil
	}
	text := []byte(`{"resourceType":"Bundle","type":"searchset","entry":[`)
	for i, resource := range batch {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, `{"resource":`...), resource...), '}')
	}
	lent, err := fhir.Lend(append(text, `]}`...), l.a.Owner, l.a.Plan, l.links)
	if err == nil {
		l.a.Owner.Lent = lent
	}
	return err
}
