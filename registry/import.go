package registry

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
)

// Import reads NDJSON, one FHIR R4 resource a line, as docs/registry-import.md
// says, and records what the resources stand for in one transaction: all or
// nothing. A resource is known again by its type, id and meta.source: imported
// again with the same content it adds nothing; with other content it adds a
// version. What the file does not mention stays as it is. Empty lines are skipped.
// What only could open a record (a plan, a draft) opens none, and is counted.
//
// The error is an *ImportError when lines are to be corrected.
func (r *Registry) Import(ctx context.Context, in io.Reader, importedBy string) (Imported, error) {
	if !legible.Name(importedBy) {
		return Imported{}, errors.New("importing: say who imports")
	}
	resources, err := readResources(ctx, in, r.opt.Clock())
	if err != nil {
		return Imported{}, err
	}
	c, err := r.begin(ctx)
	if err != nil {
		return Imported{}, fmt.Errorf("importing: %w", err)
	}
	done, err := r.merge(ctx, c, resources, importedBy)
	if err != nil {
		_ = r.end(c, "ROLLBACK")
		return Imported{}, err
	}
	if err := r.end(c, "COMMIT"); err != nil {
		return Imported{}, fmt.Errorf("importing: %w", err)
	}
	return done, nil
}

// merge adds what is new, and then makes sure that every patient whose numbers
// were linked has one number in use.
func (r *Registry) merge(ctx context.Context, c *connection, resources []*resource, by string) (Imported, error) {
	m := merger{conn: c, by: by, now: r.opt.Clock()}
	for _, res := range resources {
		if err := m.resource(ctx, res); err != nil {
			return m.done, fmt.Errorf("importing line %d: %w", res.line, err)
		}
	}
	for _, res := range resources {
		linked := map[nhs.Number]bool{}
		for _, e := range res.entries {
			if e.Kind != KindNumberLink || linked[e.Patient] {
				continue
			}
			linked[e.Patient] = true
			if _, err := readPerson(ctx, c, e.Patient); errors.Is(err, errAmbiguous) || errors.Is(err, errManyNumbers) {
				m.faults = append(m.faults, Fault{res.line, "Patient: link: " + err.Error()})
				break
			} else if err != nil {
				return m.done, fmt.Errorf("importing line %d: %w", res.line, err)
			}
		}
	}
	if m.faults != nil {
		return m.done, &ImportError{m.faults}
	}
	return m.done, nil
}
