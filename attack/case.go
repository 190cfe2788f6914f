package attack

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Case is one attack: what is sent, and what must not come of it. Its form is
// described in the package's documentation.
type Case struct {
	ID     string `yaml:"id"`
	Title  string `yaml:"title"`
	Reason string `yaml:"reason"` // why it is an attack, in plain English
	Source string `yaml:"source"` // where it was seen, or what says that it must not be

	// Each makes one case of every entry: its name is added to the id, its value
	// stands in the steps as {each}.
	Each  map[string]string `yaml:"each"`
	Steps []Step            `yaml:"steps"`

	each string // the value of {each} in this one
}

// Step is one request of a case, with what is expected of its answer.
type Step struct {
	Name    string            `yaml:"name"`
	Control bool              `yaml:"control"` // an honest request: when it fails, the case tells nothing
	As      string            `yaml:"as"`      // a professional of the profile, or nobody; default permitted
	Send    string            `yaml:"send"`    // method and target, as in "GET Observation?patient={A.id}"
	Headers []string          `yaml:"headers"` // "Name: value", sent as they stand, in this order
	Form    string            `yaml:"form"`    // a body, as application/x-www-form-urlencoded
	Body    string            `yaml:"body"`    // a body, as application/fhir+json unless the headers say otherwise
	Raw     string            `yaml:"raw"`     // in place of send: the bytes themselves; each line ends with CR LF
	Token   *Forgery          `yaml:"token"`   // a token made from a real one
	Keep    map[string]string `yaml:"keep"`    // what later steps use as {kept.name}
	// Optional steps are left out when a kept value that they use is not there.
	Optional bool `yaml:"optional"`
	// Always steps are sent even when the case has ended before them, and are not
	// judged then: they take back what was changed.
	Always bool `yaml:"always"`
	Want   Want `yaml:"want"`
}

// Want is what is expected of an answer. Whatever it says, an answer holds no
// marker that is not for whoever asks (see Allow).
type Want struct {
	Status    []string          `yaml:"status"`     // "200", "4xx", or "closed": no answer but an end
	Allow     []string          `yaml:"allow"`      // sets of markers that this answer may hold
	Holds     []string          `yaml:"holds"`      // each must be there: a set of markers, or a text
	Without   []string          `yaml:"without"`    // none of these texts is there
	Headers   map[string]string `yaml:"headers"`    // these headers hold these texts
	NoHeaders []string          `yaml:"no_headers"` // these headers are not there
	Outcome   bool              `yaml:"outcome"`    // a refusal is an OperationOutcome
	Absent    []string          `yaml:"absent"`     // JSON pointers that lead to nothing
	Only      []string          `yaml:"only"`       // the entries are of these types, or OperationOutcome
	Entries   *int              `yaml:"entries"`    // at most so many entries besides OperationOutcome
	AtLeast   int               `yaml:"at_least"`   // at least so many
	OwnLinks  bool              `yaml:"own_links"`  // every link and fullUrl of a Bundle lies under the base
	SameAs    string            `yaml:"same_as"`    // the answer to this step looks the same
	Same      []string          `yaml:"same"`       // what of it: status, headers, body; default status and body
	Answers   int               `yaml:"answers"`    // of raw bytes: so many answers at most
	Closed    bool              `yaml:"closed"`     // of raw bytes: the connection is closed after the answer
}

// Number is the number of the attack in docs/attacks.md.
func (c Case) Number() string { return c.ID[:3] }

//go:embed cases/*.yaml
var embedded embed.FS

// Cases are the cases of this package, sorted by id.
func Cases() ([]Case, error) {
	folder, err := fs.Sub(embedded, "cases")
	if err != nil {
		return nil, err
	}
	return LoadCases(folder)
}

// LoadCases reads every *.yaml file of a folder. All faults are reported at once.
func LoadCases(folder fs.FS) ([]Case, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("reading cases: no *.yaml file there"), err)
	}
	var all []Case
	var faults []error
	from := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading cases: %w", err)
		}
		cases, err := ParseCases(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("reading cases: %s: %w", name, err))
		}
		for _, c := range cases {
			if other, twice := from[c.ID]; twice {
				faults = append(faults, fmt.Errorf("reading cases: %s: %s stands in %s too", name, c.ID, other))
			}
			from[c.ID] = name
		}
		all = append(all, cases...)
	}
	slices.SortFunc(all, func(a, b Case) int { return strings.Compare(a.ID, b.ID) })
	return all, errors.Join(faults...)
}

// ParseCases reads one file of cases, and makes one case of each variant.
func ParseCases(text []byte) ([]Case, error) {
	var file struct {
		Cases []Case `yaml:"cases"`
	}
	if err := decode(text, &file); err != nil {
		return nil, err
	}
	if len(file.Cases) == 0 {
		return nil, errors.New("no cases: give a list under cases:")
	}
	var all []Case
	var faults []error
	for _, c := range file.Cases {
		for _, fault := range c.faults() {
			faults = append(faults, fmt.Errorf("case %q: %s", c.ID, fault))
		}
		all = append(all, c.variants()...)
	}
	return all, errors.Join(faults...)
}

// decode reads YAML strictly: unknown keys and further documents are errors.
func decode(text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the file is empty")
		}
		return err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("one document only")
	}
	return nil
}

func (c Case) variants() []Case {
	if len(c.Each) == 0 {
		return []Case{c}
	}
	var all []Case
	for _, name := range slices.Sorted(maps.Keys(c.Each)) {
		one := c
		one.ID, one.each, one.Each = c.ID+"-"+name, c.Each[name], nil
		all = append(all, one)
	}
	return all
}

var (
	idForm     = regexp.MustCompile(`^\d{3}(-[a-z0-9]+)+$`)
	wordForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	sendForm   = regexp.MustCompile(`^([A-Za-z]+ \S|\{each\})`)
	statusForm = regexp.MustCompile(`^([1-5]\d\d|[1-5]xx|closed)$`)
)

// faults says what is wrong with a case as it is written.
func (c Case) faults() (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !idForm.MatchString(c.ID) {
		fault("id: the attack's number in three digits, then words, as in 045-reverse-chain")
	}
	for name, text := range map[string]string{"title": c.Title, "reason": c.Reason, "source": c.Source} {
		if strings.TrimSpace(text) == "" {
			fault("%s is missing", name)
		}
	}
	for name := range c.Each {
		if !wordForm.MatchString(name) {
			fault("each: %q is no part of an id: use lower-case letters, digits and dashes", name)
		}
	}
	judged, before := false, []string{}
	for i, s := range c.Steps {
		for _, f := range s.faults(before) {
			fault("step %d: %s", i+1, f)
		}
		judged = judged || !s.Control
		before = append(before, s.Name)
	}
	if !judged {
		fault("steps: there is none that is judged")
	}
	return faults
}

func (s Step) faults(before []string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	switch {
	case (s.Send == "") == (s.Raw == ""):
		fault("give send or raw, one of them")
	case s.Send != "" && !sendForm.MatchString(s.Send):
		fault(`send: a method and a target, as in "GET Observation?patient={A.id}"`)
	case s.Raw != "" && (s.Headers != nil || s.Form != "" || s.Body != ""):
		fault("raw holds headers and body itself")
	case s.Form != "" && s.Body != "":
		fault("give form or body, not both")
	case s.Raw == "" && (s.Want.Answers != 0 || s.Want.Closed):
		fault("want.answers and want.closed are for raw")
	}
	if len(s.Want.Status) == 0 && s.Want.SameAs == "" {
		fault("want.status is missing")
	}
	for _, status := range s.Want.Status {
		if !statusForm.MatchString(status) {
			fault("want.status: %q is neither 200 nor 4xx nor closed", status)
		}
	}
	for _, h := range s.Headers {
		name, _, ok := strings.Cut(h, ":")
		if strings.ContainsAny(h, "\r\n") || !strings.Contains(h, "{each}") && (!ok || name == "") {
			fault("headers: %q is not of the form Name: value", h)
		}
	}
	if s.Want.SameAs != "" && !slices.Contains(before, s.Want.SameAs) {
		fault("want.same_as: no step before this one is named %q", s.Want.SameAs)
	}
	for _, part := range s.Want.Same {
		if !slices.Contains([]string{"status", "headers", "body"}, part) {
			fault("want.same: %q is none of status, headers, body", part)
		}
	}
	if s.Token != nil {
		faults = append(faults, s.Token.faults()...)
	}
	for _, text := range s.texts() {
		faults = append(faults, templateFaults(text)...)
	}
	return faults
}

// texts are all parts of a step that hold {names}.
func (s Step) texts() []string {
	all := append([]string{s.Send, s.Form, s.Body, s.Raw}, s.Headers...)
	all = append(append(all, s.Want.Holds...), s.Want.Without...)
	for _, value := range s.Want.Headers {
		all = append(all, value)
	}
	if s.Token != nil {
		all = append(all, s.Token.texts()...)
	}
	return all
}
