package attack

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Profile says what is attacked: where it is, who asks, whose records are there,
// and by which words one knows that something of them came out.
type Profile struct {
	Name  string            `yaml:"name"`
	Base  string            `yaml:"base"`  // the FHIR base, as in https://gateway.example/fhir
	Bases map[string]string `yaml:"bases"` // further ones, as {bases.name}: before a hostile source, say
	TLS   TLS               `yaml:"tls"`

	// Professionals: permitted, partly and stranger are required; owner may see
	// both patients, and shows that the markers are in their records.
	Professionals map[string]Professional `yaml:"professionals"`
	// Patients: A and B are required.
	Patients map[string]Patient `yaml:"patients"`
	// Markers are further sets: withheld (of A, from everybody here), partly (of A,
	// from partly), internal (addresses and names that no stranger is told).
	Markers map[string]Markers `yaml:"markers"`

	Type             string            `yaml:"type"`              // a type of which both have something. Default Observation
	IdentifierSystem string            `yaml:"identifier_system"` // default that of the NHS number
	Vars             map[string]string `yaml:"vars"`              // further values, as {vars.name}
	Issuer           Issuer            `yaml:"issuer"`
	Setup            []Step            `yaml:"setup"`    // before anything is judged
	Teardown         []Step            `yaml:"teardown"` // in the end, whatever happened
	NotApplicable    map[string]string `yaml:"not_applicable"`
	Limits           Limits            `yaml:"limits"`
}

// TLS says whom to believe of an https base.
type TLS struct {
	CAFile     string `yaml:"ca_file"`
	ServerName string `yaml:"server_name"`
}

// Professional is somebody who asks.
type Professional struct {
	Token TokenFrom `yaml:"token"`
	// Never are the sets of markers that no answer to them may hold. Default: B,
	// withheld and internal; for stranger A as well; for partly, the set partly.
	Never []string `yaml:"never"`
}

// Patient is one patient by the names of the system that is attacked.
type Patient struct {
	ID        string            `yaml:"id"`  // the source's own
	NHS       string            `yaml:"nhs"` // the NHS number, or what stands in its place
	Resources map[string]string `yaml:"resources"`
	Markers   []string          `yaml:"markers"`  // texts that this patient's data alone hold
	ShownBy   []string          `yaml:"shown_by"` // targets that show them; default the search of Type
}

// Markers are texts that must not come out, and targets that show them to owner.
type Markers struct {
	Texts   []string `yaml:"texts"`
	ShownBy []string `yaml:"shown_by"`
}

// Limits bound a run.
type Limits struct {
	Requests  int           `yaml:"requests"`   // default 5000
	PerSecond float64       `yaml:"per_second"` // default 25
	Timeout   time.Duration `yaml:"timeout"`    // of one request; default 20 s
	Body      int64         `yaml:"body"`       // bytes read of one answer; default 8 MiB
	Wait      time.Duration `yaml:"wait"`       // for further answers to raw bytes; default 1 s
}

func (l *Limits) fill() {
	l.Requests = cmp.Or(l.Requests, 5000)
	l.PerSecond = cmp.Or(l.PerSecond, 25)
	l.Timeout = cmp.Or(l.Timeout, 20*time.Second)
	l.Body = cmp.Or(l.Body, 8<<20)
	l.Wait = cmp.Or(l.Wait, time.Second)
}

// ReadProfile reads a profile from a file.
func ReadProfile(path string) (Profile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Profile{}, fmt.Errorf("reading the profile: %w", err)
	}
	p, err := ParseProfile(text)
	if err != nil {
		return Profile{}, fmt.Errorf("reading the profile %s: %w", path, err)
	}
	return p, nil
}

// ParseProfile reads a profile. Unknown keys are errors, and all faults are
// reported at once.
func ParseProfile(text []byte) (Profile, error) {
	var p Profile
	if err := decode(text, &p); err != nil {
		return Profile{}, err
	}
	if err := p.Check(); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// shortest is the length of a marker: shorter ones are found by chance.
const shortest = 5

// Check says everything that is wrong with a profile, and puts the defaults in.
func (p *Profile) Check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	p.Base = strings.TrimSuffix(p.Base, "/")
	if err := baseFault(p.Base); err != "" {
		fault("base: %s", err)
	}
	for name, base := range p.Bases {
		p.Bases[name] = strings.TrimSuffix(base, "/")
		if err := baseFault(base); err != "" {
			fault("bases.%s: %s", name, err)
		}
	}
	for _, who := range []string{"permitted", "partly", "stranger"} {
		if _, ok := p.Professionals[who]; !ok {
			fault("professionals.%s is missing", who)
		}
	}
	for who, professional := range p.Professionals {
		if who == "nobody" {
			fault("professionals.nobody: nobody is whoever sends no token")
		}
		for _, f := range professional.Token.faults() {
			fault("professionals.%s.token: %s", who, f)
		}
		for _, set := range professional.Never {
			if !p.hasSet(set) {
				fault("professionals.%s.never: there is no set of markers %q", who, set)
			}
		}
	}
	for _, who := range []string{"A", "B"} {
		if patient, ok := p.Patients[who]; !ok {
			fault("patients.%s is missing", who)
		} else if patient.ID == "" || patient.NHS == "" || len(patient.Markers) == 0 {
			fault("patients.%s: id, nhs and markers are required", who)
		}
	}
	for set, texts := range p.sets() {
		for i, text := range texts {
			if len(text) < shortest {
				fault("marker %d of %s: %d characters are found by chance; give %d at least", i+1, set, len(text), shortest)
			}
		}
		if _, patient := p.Patients[set]; !patient && len(texts) == 0 {
			fault("markers.%s: no texts", set)
		}
	}
	for name := range p.Markers {
		if _, twice := p.Patients[name]; twice {
			fault("markers.%s: a patient has this name", name)
		}
	}
	for name, patient := range p.Patients {
		if slices.Contains(roots, name) {
			fault("patients.%s: this name is taken", name)
		}
		_ = patient
	}
	for id, why := range p.NotApplicable {
		if strings.TrimSpace(why) == "" {
			fault("not_applicable: say why %s is not", id)
		}
	}
	for part, steps := range map[string][]Step{"setup": p.Setup, "teardown": p.Teardown} {
		for i, s := range steps {
			for _, f := range s.faults(nil) {
				fault("%s: step %d: %s", part, i+1, f)
			}
		}
	}
	for _, f := range p.Issuer.faults() {
		fault("issuer.%s", f)
	}
	if l := p.Limits; l.Requests < 0 || !(l.PerSecond >= 0) || l.Timeout < 0 || l.Body < 0 || l.Wait < 0 {
		fault("limits: none is below 0")
	}
	p.Type = cmp.Or(p.Type, "Observation")
	p.IdentifierSystem = cmp.Or(p.IdentifierSystem, "https://fhir.nhs.uk/Id/nhs-number")
	p.Limits.fill()
	return errors.Join(faults...)
}

func baseFault(base string) string {
	u, err := url.Parse(base)
	switch {
	case base == "" || err != nil:
		return "missing or not an address; give the FHIR base, as in https://gateway.example/fhir"
	case u.Scheme != "http" && u.Scheme != "https":
		return "begin with https:// (or http:// on the same machine)"
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "give scheme, host and path only"
	}
	return ""
}

// sets are all sets of markers by name: the patients' and the further ones.
func (p *Profile) sets() map[string][]string {
	all := map[string][]string{}
	for name, patient := range p.Patients {
		all[name] = patient.Markers
	}
	for name, set := range p.Markers {
		all[name] = set.Texts
	}
	return all
}

func (p *Profile) hasSet(name string) bool {
	_, ok := p.sets()[name]
	return ok
}

// never are the sets that no answer to somebody may hold.
func (p *Profile) never(who string) []string {
	if own := p.Professionals[who].Never; own != nil {
		return own
	}
	if who == "owner" {
		return p.there("internal")
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(p.sets())) {
		switch {
		case name == "A" && who != "stranger" && who != "nobody": // A's record is theirs to see, in part at least
		case name == "partly" && who == "permitted":
		default:
			all = append(all, name)
		}
	}
	return all
}

// there keeps the sets that the profile has.
func (p *Profile) there(names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !p.hasSet(name) })
}
