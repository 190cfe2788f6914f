package registry

import (
	"context"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Patient is what is on record under one NHS number.
type Patient struct {
	Number   nhs.Number
	Newest   []Entry // the newest version of each entry, the entry that was recorded first first
	Versions int     // of all of them
}

// Everybody calls take with each patient of a store, all as one moment has them. The Patient may be
// used during the call alone. An entry that was moved to another patient is one of both: of the
// first as a void one.
func Everybody(ctx context.Context, from Store, take func(*Patient) error) error {
	var p Patient
	at := map[string]int{} // where in Newest an entry is
	end := func() error {
		if p.Versions == 0 {
			return nil
		}
		err := take(&p)
		p.Newest, p.Versions = p.Newest[:0], 0
		clear(at)
		return err
	}
	err := from.Everything(ctx, ByPatient, func(e *Entry) error {
		if e.Patient != p.Number {
			if err := end(); err != nil {
				return err
			}
			p.Number = e.Patient
		}
		p.Versions++
		if i, known := at[e.ID]; known {
			p.Newest[i] = *e
			return nil
		}
		at[e.ID] = len(p.Newest)
		p.Newest = append(p.Newest, *e)
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// Feed says which feed an entry is of, by its id: the meta.source of its resource, which may be "".
// fed is false for what was stated to a broker.
func Feed(id string) (source string, fed bool) {
	if source, _, found := strings.Cut(id, "|"); found {
		return source, true
	}
	return "", strings.Contains(id, "/")
}

// Resource is the key of the resource that an entry is of: its id without its part.
func Resource(id string) string {
	key, _, _ := strings.Cut(id, "#")
	return key
}
