package registry

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Imported says what an import did.
type Imported struct {
	Resources int // lines that held one
	Added     int // entries that are new
	Changed   int // new versions of entries that were there
	Unchanged int // entries that were there and say the same
}

// String says it in words.
func (i Imported) String() string {
	return fmt.Sprintf("%d resources: %d entries added, %d changed, %d unchanged", i.Resources, i.Added, i.Changed, i.Unchanged)
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

// longestLine bounds a resource, in bytes.
const longestLine = 1 << 20

// Import reads NDJSON, one FHIR R4 resource a line, as docs/registry-import.md
// says, and records what the resources stand for in one transaction: all or
// nothing. A resource is known again by its type, id and meta.source: imported
// again with the same content it adds nothing; with other content it adds a
// version. What the file does not mention stays as it is. Empty lines are skipped.
//
// The error is an *ImportError when lines are to be corrected.
func (r *Registry) Import(ctx context.Context, in io.Reader, importedBy string) (Imported, error) {
	if importedBy == "" {
		return Imported{}, errors.New("importing: say who imports")
	}
	resources, err := readResources(ctx, in)
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

// readResources reads every line before anything is written, so that all faults
// are told at once and the write lock is not held while reading.
func readResources(ctx context.Context, in io.Reader) ([]*resource, error) {
	var resources []*resource
	var faults []Fault
	first := map[string]int{}
	lines := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		line, long, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("importing: reading line %d: %w", number, err)
		}
		last := err != nil
		if line = bytes.TrimSpace(line); long {
			faults = append(faults, Fault{number, errTooLong.Error()})
		} else if len(line) > 0 {
			res, problems := readResource(number, line)
			if res != nil {
				if at, twice := first[res.key]; twice {
					problems = append(problems, fmt.Sprintf("%s: is the same resource as line %d: keep one", res.kind, at))
				}
				first[res.key] = number
				res.fields = nil // read: free its memory
			}
			for _, p := range problems {
				faults = append(faults, Fault{number, p})
			}
			resources = append(resources, res)
		}
		if last {
			break
		}
	}
	if faults != nil {
		return nil, &ImportError{faults}
	}
	return resources, nil
}

// readLine reads one line; of one that is too long it keeps nothing.
func readLine(in *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > longestLine; !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
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
