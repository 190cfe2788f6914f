package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// source is a source system that answers at once: searchsets of Observations
// made beforehand, with the patient's id put in.
type source map[string][]string // by the letter of those patients, cut at each place where the id goes

const idMark = "\x00"

func newSource() source {
	all := source{}
	for _, one := range everySize {
		all[one.patients] = strings.Split(searchset(one.entries, one.note), idMark)
	}
	return all
}

// ServeHTTP answers Patient/{id} and Observation?patient={id}. Patient pN has 50 Observations, and
// sN, who is the same person, 12 (size.patients): however many are asked for, since the broker asks for
// 50 at least.
func (s source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["Content-Type"] = []string{"application/fhir+json;charset=UTF-8"}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/fhir/Observation/"); ok {
		s.one(w, rest)
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/fhir/Patient/"); ok && s[letter(id)] != nil {
		n, _ := strconv.Atoi(id[1:])
		fmt.Fprintf(w, `{"resourceType":"Patient","id":%q,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}]}`, id, number(n))
		return
	}
	query := r.URL.Query()
	if r.URL.Path != "/fhir/Observation" && r.URL.Path != "/fhir/Binary" {
		nothing(w)
		return
	}
	if query.Get("_count") == endlessCount {
		endless(w, r)
		return
	}
	id := strings.TrimPrefix(query.Get("patient"), "Patient/")
	parts := s[letter(id)]
	if parts == nil {
		parts = s["p"]
	}
	body := []byte(strings.Join(parts, id))
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body)
}

// letter is the first of a patient's id.
func letter(id string) string { return id[:min(1, len(id))] }

// one answers a read: Observation/o-p7 is of patient p7, and x-p7 bears a sensitive code,
// which a permission does not open; anything else is not there.
func (source) one(w http.ResponseWriter, id string) {
	kind, who, ok := strings.Cut(id, "-p")
	if !ok || kind == "n" {
		nothing(w)
		return
	}
	code := map[string]string{"o": "1022431000000105", "x": "86406008"}[kind]
	fmt.Fprintf(w, `{"resourceType":"Observation","id":%q,"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`+
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":%q}]},"subject":{"reference":"Patient/p%s"},"valueString":"4.50"}`, id, code, who)
}

// nothing is how a FHIR API says that there is no such thing.
func nothing(w http.ResponseWriter) {
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}`))
}

// endlessCount is the page size that is answered without an end: no less than the broker
// asks a source for at once.
const endlessCount = "133"

// endless answers for as long as anybody reads, in chunks, as fast as they are read.
func endless(w http.ResponseWriter, r *http.Request) {
	piece := []byte(strings.Repeat(`{"resource":{"resourceType":"Observation","status":"final"}},`, 512))
	if _, err := w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[`)); err != nil {
		return
	}
	for r.Context().Err() == nil {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

// searchset makes an answer of n Observations, each with a note of so many bytes.
func searchset(n, note int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"resourceType":"Bundle","id":"b1","type":"searchset","total":%d,"entry":[`, n)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"fullUrl":"http://source.example/fhir/Observation/o%d","resource":{"resourceType":"Observation","id":"o%d",`+
			`"meta":{"versionId":"1"},"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`+
			`"code":{"coding":[{"system":"http://snomed.info/sct","code":"1022431000000105"}]},"subject":{"reference":"Patient/%s"},`, i, i, idMark)
		if note > 0 {
			fmt.Fprintf(&b, `"note":[{"text":"%s"}],`, strings.Repeat("result within range ", note/20))
		}
		fmt.Fprintf(&b, `"valueQuantity":{"value":%d.50,"unit":"mmol/L"}},"search":{"mode":"match"}}`, 4+i%9)
	}
	b.WriteString(`]}`)
	return b.String()
}

// number makes the n-th synthetic NHS number: 999 and nine digits with a right
// check digit.
func number(n int) string {
	for k := 0; ; k++ {
		// Numbers whose check digit would be 10 do not exist: each n has a block of
		// two stems, one of which always serves.
		stem := fmt.Sprintf("999%06d", (2*n+k)%1_000_000)
		sum := 0
		for i := range 9 {
			sum += int(stem[i]-'0') * (10 - i)
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return stem + strconv.Itoa(check)
		}
	}
}
