package registry

import (
	"regexp"
	"strings"
	"time"
)

// resource is one line of an import, read into the entries that it stands for.
type resource struct {
	element
	line    int
	kind    string // resourceType
	key     string // "Type/id", after its meta.source and a bar where it has one
	entries []Entry
	why     string // it opens nothing, "" when it may open something
	leaves  Status // of an entry that it stood for and does not any more: Void, else Ended
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

// readResource reads one line. The problems are what is to be corrected in it.
func readResource(number int, line []byte, now time.Time) (*resource, []string) {
	fields, err := tree(line)
	if err != nil {
		return nil, []string{err.Error()}
	}
	problems := []string{}
	r := &resource{line: number, element: element{fields: fields, now: now, problems: &problems}}
	r.kind = r.text("resourceType")
	read, known := readers[r.kind]
	if !known {
		return nil, []string{"is not of a type that the registry imports: send Patient, EpisodeOfCare, Encounter, CareTeam, ServiceRequest, Consent or Person"}
	}
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
	r.modifiers()
	read(r)
	// Entry ids are in the trail of every decision that rests on them, where no
	// NHS number may be.
	for _, e := range r.entries {
		if !e.Patient.IsZero() && strings.Contains(r.key, e.Patient.Digits()) {
			r.wrong("id or meta.source has the patient's NHS number in it: use another id")
			break
		}
	}
	for i, p := range problems {
		problems[i] = r.kind + ": " + p
	}
	return r, problems
}

// without says why the resource opens nothing; the first reason is told.
func (r *resource) without(why string) {
	if r.why == "" {
		r.why = why
	}
}

// stands adds an entry that the resource stands for. The part tells several
// entries of one resource apart.
func (r *resource) stands(part string, e Entry) {
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
