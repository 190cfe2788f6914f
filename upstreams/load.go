package upstreams

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
	"go.yaml.in/yaml/v3"
)

const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 16 << 20
)

// DefaultMaxDocumentBytes is the bound on one document of a source that states none.
const DefaultMaxDocumentBytes = 20 << 20

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Declaration is what a source says of itself: the form of a sources/<id>.yaml file.
// Unknown keys are errors.
type Declaration struct {
	Name      string   `yaml:"name"`
	ODS       string   `yaml:"ods"`
	Kind      string   `yaml:"kind"`
	Telephone string   `yaml:"telephone"`
	BaseURL   string   `yaml:"base_url"`
	LinkBases []string `yaml:"link_bases"`
	Timeout   string   `yaml:"timeout"`
	MaxBytes  int64    `yaml:"max_bytes"`

	MaxDocumentBytes int64 `yaml:"max_document_bytes"`
}

// Load reads every *.yaml file of a folder, sorted by id. All faults of all
// files are reported at once, each with file, field and remedy.
func Load(fsys fs.FS) ([]Source, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing sources: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("listing sources: no *.yaml file found; add one for each source system")
	}
	var sources []Source
	var faults []error
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("loading source %s: %w", name, err))
			continue
		}
		source, err := parse(strings.TrimSuffix(path.Base(name), ".yaml"), raw)
		if err != nil {
			faults = append(faults, fmt.Errorf("loading source %s: %w", name, err))
			continue
		}
		sources = append(sources, source)
	}
	slices.SortFunc(sources, func(a, b Source) int { return strings.Compare(a.ID, b.ID) })
	return sources, errors.Join(faults...)
}

func parse(id string, raw []byte) (Source, error) {
	var doc Declaration
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil {
		return Source{}, err
	}
	return doc.Source(id)
}

// Source makes the source of an id that is declared so, and reports all faults at once.
func (doc Declaration) Source(id string) (Source, error) {
	source := Source{
		ID: id, Name: doc.Name, Kind: doc.Kind, Telephone: doc.Telephone,
		BaseURL: strings.TrimSuffix(doc.BaseURL, "/"), LinkBases: doc.LinkBases,
		Timeout: defaultTimeout, MaxBytes: defaultMaxBytes, MaxDocumentBytes: DefaultMaxDocumentBytes,
	}
	var faults []error
	fault := func(field, problem string) { faults = append(faults, fmt.Errorf("%s: %s", field, problem)) }
	if !idForm.MatchString(id) {
		fault("file name", "use lower-case letters, digits and dashes, as in gp-riverside.yaml")
	}
	if !legible.Words(doc.Name) {
		fault("name", "missing; give the organisation's name")
	}
	ods, err := nhs.ParseODSCode(doc.ODS)
	if err != nil {
		fault("ods", "not an ODS code; give 3 to 10 capital letters and digits")
	}
	source.ODS = ods
	if !slices.Contains(Kinds, doc.Kind) {
		fault("kind", "unknown; use one of "+strings.Join(Kinds, ", "))
	}
	if doc.Telephone == "" {
		fault("telephone", "missing; give the number that a professional rings when the record cannot be shown")
	}
	if err := CheckBase(source.BaseURL); err != nil {
		fault("base_url", err.Error())
	}
	for _, base := range doc.LinkBases {
		if err := CheckBase(base); err != nil {
			fault("link_bases", fmt.Sprintf("%q: %s", base, err))
		}
	}
	if doc.Timeout != "" {
		if source.Timeout, err = time.ParseDuration(doc.Timeout); err != nil || source.Timeout <= 0 {
			fault("timeout", `not a duration; write it as "10s"`)
		}
	}
	if doc.MaxBytes < 0 {
		fault("max_bytes", "negative; give the largest answer in bytes, or leave it out")
	} else if doc.MaxBytes > 0 {
		source.MaxBytes = doc.MaxBytes
	}
	if doc.MaxDocumentBytes < 0 {
		fault("max_document_bytes", "negative; give the largest document in bytes, or leave it out")
	} else if doc.MaxDocumentBytes > 0 {
		source.MaxDocumentBytes = doc.MaxDocumentBytes
	}
	return source, errors.Join(faults...)
}

// CheckBase says what is wrong with a FHIR base address.
func CheckBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case base == "" || err != nil:
		return errors.New("missing or not an address; give the FHIR base, as in https://fhir.example/R4")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("missing scheme; begin with https:// (or http:// on the same machine)")
	case u.Hostname() == "" || u.User != nil || strings.ContainsAny(base, "?#"):
		return errors.New("give scheme, host and path only")
	}
	for segment := range strings.SplitSeq(strings.Trim(u.Path, "/"), "/") {
		if segment == ".." || segment == "." || segment == "" && u.Path != "/" && u.Path != "" {
			return errors.New("its path has an empty part, or leads upwards")
		}
	}
	return nil
}
