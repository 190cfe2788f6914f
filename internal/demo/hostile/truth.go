package hostile

import "strings"

// person is one of the two patients.
type person struct{ id, number, mark string }

const numberSystem = "https://fhir.nhs.uk/Id/nhs-number"

// observation is a laboratory result of a person: of a kind that is routinely seen.
// more are further members, each after a comma.
func (x *ask) observation(id string, of person, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final",` + laboratory +
		`,"subject":{"reference":"Patient/` + of.id + `"},"valueString":"` + of.mark + `"` + more + `}`
}

const laboratory = `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],` +
	`"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]}`

// patient is the Patient of a person under an id.
func (x *ask) patient(of person, id string) string {
	return `{"resourceType":"Patient","id":"` + id + `","identifier":[{"system":"` + numberSystem + `","value":"` + of.number +
		`"}],"name":[{"family":"` + of.mark + `"}]}`
}

// one is the id that a resource of A bears here: that which was asked for.
func (x *ask) one() string {
	if x.id != "" {
		return x.id
	}
	return "o-a"
}

func (x *ask) entry(resource string) string {
	return `{"fullUrl":"` + x.base + `/Observation/o-a","resource":` + resource + `,"search":{"mode":"match"}}`
}

func (x *ask) searchset(entries ...string) string { return bundle("searchset", entries...) }

func bundle(kind string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
}

// linked is a page with both patients' results, whose next page is at an address.
func (x *ask) linked(next string) string {
	return `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"` + next + `"}],"entry":[` +
		x.entry(x.observation(x.one(), x.a, "")) + `,` + x.entry(x.observation("o-b", x.b, "")) + `]}`
}

// saying puts a resource where it was asked for.
func (x *ask) saying(resource string) string {
	switch {
	case x.history:
		return bundle("history", `{"fullUrl":"`+x.base+`/`+x.kind+`/`+x.one()+`","resource":`+resource+
			`,"request":{"method":"PUT","url":"`+x.kind+`/`+x.one()+`"},"response":{"status":"200","etag":"W/\"`+B+`\""}}`)
	case x.search:
		return x.searchset(x.entry(resource), x.entry(x.observation("o-b", x.b, "")))
	}
	return resource
}

// mine is what is true of A, in the resource that was asked for.
func (x *ask) mine() string {
	switch x.kind {
	case "Patient":
		return x.patient(x.a, x.one())
	case "DocumentReference":
		return `{"resourceType":"DocumentReference","id":"` + x.one() + `","status":"current","subject":{"reference":"Patient/a"},"content":[{"attachment":` +
			`{"contentType":"text/plain","url":"` + x.base + `/Binary/` + x.one() + `"}}]}`
	case "Binary":
		return `{"resourceType":"Binary","id":"` + x.one() + `","contentType":"text/plain","data":"SE9TVElMRQ=="}`
	}
	return x.observation(x.one(), x.a, "")
}

// beside is A's, with B beside it: what a wrong way of sending is tried with.
func (x *ask) beside() string {
	if x.search || x.history || x.kind != "Observation" {
		return x.saying(x.mine())
	}
	return x.observation(x.one(), x.a, `,"performer":[{"reference":"Patient/b","display":"`+B+`"}]`)
}
