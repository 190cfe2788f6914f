package intake

import (
	"regexp"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/registry"
)

// mostEntries is how many entries one resource can stand for.
const mostEntries = 64

// reading is what else it takes to read a line.
type reading struct {
	now       time.Time
	practices *Practices
	kinds     *Kinds
	secret    []byte // that ids are sealed with
}

// resource is one line of an import, read into the entries that it stands for.
type resource struct {
	element
	practices *Practices
	kinds     *Kinds
	line      int
	kind      string // resourceType
	key       string // "Type/id", after its meta.source and a bar where it has one
	plain     string // the same before its id was sealed, "" where it was not
	entries   []registry.Entry
	why       string          // it opens nothing, "" when it may open something
	linked    []uint64        // NHS numbers of the people whom its links are about
	leaves    registry.Status // of an entry that it stood for and does not any more: Void, else Ended
}

var (
	idForm     = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
	sourceForm = regexp.MustCompile(`^[A-Za-z0-9.:/_-]{1,128}$`)
)

// readers are the resource types that an import takes.
var readers = map[string]func(*resource){
	"Patient":        (*resource).patientResource,
	"EpisodeOfCare":  (*resource).episodeOfCare,
	"Encounter":      (*resource).encounter,
	"CareTeam":       (*resource).careTeam,
	"ServiceRequest": (*resource).serviceRequest,
	"Consent":        (*resource).consent,
	"Person":         (*resource).personResource,
}

// resource reads one line. The problems are what is to be corrected in it.
func (rd *reading) resource(number int, line []byte) (*resource, []string) {
	fields, err := tree(line)
	if err != nil {
		return nil, []string{err.Error()}
	}
	problems := []string{}
	r := &resource{line: number, practices: rd.practices, kinds: rd.kinds, element: element{fields: fields, now: rd.now, problems: &problems}}
	r.kind = r.text("resourceType")
	read, known := readers[r.kind]
	if !known {
		return nil, []string{"is not of a type that the registry imports: send Patient, EpisodeOfCare, Encounter, CareTeam, ServiceRequest, Consent or Person"}
	}
	rd.call(r)
	r.modifiers()
	read(r)
	if r.named() {
		r.wrong(namesPatient)
	}
	for i := range r.entries {
		if r.entries[i].Fit() != nil {
			r.wrong("an identifier has a character that controls a terminal or a printer: correct it")
			break
		}
	}
	for i, p := range problems {
		problems[i] = r.kind + ": " + p
	}
	return r, problems
}

// call gives a resource its key.
func (rd *reading) call(r *resource) {
	r.kind = r.text("resourceType")
	// What follows a # is the request that it came with (HAPI FHIR), another one
	// each time it is written.
	source, _, _ := strings.Cut(r.in("meta").text("source"), "#")
	id := r.text("id")
	if !idForm.MatchString(id) {
		r.wrong("id is missing or not a FHIR id: give each resource its own id in its source")
	}
	if source != "" && !sourceForm.MatchString(source) {
		r.wrong("meta.source is longer than 128 characters, or has a character other than letters, digits and . : / _ -: correct it")
	}
	r.key = r.kind + "/" + id
	if source != "" {
		r.key = source + "|" + r.key
	}
	rd.seal(r, id)
}

// without says why the resource opens nothing; the first reason is told.
func (r *resource) without(why string) {
	if r.why == "" {
		r.why = why
	}
}

// stands adds an entry that the resource stands for. The part tells several
// entries of one resource apart.
func (r *resource) stands(part string, e registry.Entry) {
	if len(r.entries) == mostEntries {
		r.wrong("stands for more than %d facts: send several resources", mostEntries)
	}
	if len(r.entries) >= mostEntries {
		r.entries = append(r.entries[:mostEntries], e)
		return
	}
	e.ID = r.key
	// As the table keeps times, so that the same file says the same again.
	e.From = e.From.UTC().Truncate(time.Microsecond)
	e.Until = e.Until.UTC().Truncate(time.Microsecond)
	e.Detail.Asked = e.Detail.Asked.UTC()
	if part != "" {
		e.ID += "#" + part
	}
	r.entries = append(r.entries, e)
}
