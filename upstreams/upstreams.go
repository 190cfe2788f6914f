// Package upstreams declares the source systems of the region as data: one file
// a source in sources/<id>.yaml, and the loader that reads them.
//
// A Source that Load returns is whole and well formed; that its system answers
// is for the broker in front of it to find out. Values are immutable and may be
// used by many goroutines at once.
package upstreams

import (
	"embed"
	"io/fs"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

//go:embed sources/*.yaml
var embedded embed.FS

// Kinds are the kinds of organisation that hold a record.
var Kinds = []string{
	"gp", "acute", "community", "mental-health", "ambulance", "nhs-111", "out-of-hours", "council",
}

// Source is one source system and the organisation that answers for its records.
type Source struct {
	// ID is the short name that a Caddyfile, an audit record and an address use:
	// lower-case letters, digits and dashes. It never changes.
	ID string
	// Name is the organisation's name as a professional would know it.
	Name string
	// ODS is the organisation that holds the record.
	ODS nhs.ODSCode
	// Kind is one of Kinds.
	Kind string
	// Telephone is whom a professional rings when the record cannot be shown.
	Telephone string
	// BaseURL is the FHIR base of the source itself, such as
	// "https://fhir.internal.example/R4". Its path stands before every request
	// that is forwarded. No default.
	BaseURL string
	// LinkBases are further bases under which the source writes its own links, when it does
	// not know the address by which it is asked: behind a proxy, most often. They lead no
	// request anywhere: what stands behind one is asked of BaseURL. A page whose link leads
	// to any other place is missing, and that is told. What names their hosts, or that of
	// BaseURL, is taken out of what is shown.
	LinkBases []string
	// Timeout bounds one request to the source. Default 10 s.
	Timeout time.Duration
	// MaxBytes bounds an answer of the source. Default 16 MiB.
	MaxBytes int64
	// MaxDocumentBytes bounds one document. Default 20 MiB.
	MaxDocumentBytes int64
}

// Holder is the source as a decision sees it.
func (s Source) Holder() access.Source {
	return access.Source{ID: s.ID, Name: s.Name, Organisation: s.ODS, Kind: s.Kind}
}

// KindsOf gives the kind of each organisation that has sources. One whose sources are of different
// kinds has none here: which of them a professional works in is not known.
func KindsOf(sources []Source) map[nhs.ODSCode]string {
	kinds, mixed := map[nhs.ODSCode]string{}, map[nhs.ODSCode]bool{}
	for _, s := range sources {
		if kind, had := kinds[s.ODS]; had && kind != s.Kind {
			mixed[s.ODS] = true
		}
		kinds[s.ODS] = s.Kind
	}
	for code := range mixed {
		delete(kinds, code)
	}
	return kinds
}

// Undeclared is a source of which nothing is known but its id: of one that is about
// to join.
func Undeclared(id string) Source {
	return Source{ID: id, Timeout: defaultTimeout, MaxBytes: defaultMaxBytes, MaxDocumentBytes: DefaultMaxDocumentBytes}
}

// Embedded gives the sources of the demo region, sorted by id.
func Embedded() ([]Source, error) {
	sources, err := fs.Sub(embedded, "sources")
	if err != nil {
		return nil, err
	}
	return Load(sources)
}
