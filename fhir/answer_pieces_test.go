package fhir_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// pageOf makes a searchset of results of so many bytes, some of which are another's, and
// some of which are shown less an element.
func pageOf(size, note int) []byte {
	var b bytes.Buffer
	b.Grow(size + 4<<10)
	b.WriteString(`{"resourceType":"Bundle","type":"searchset","entry":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		whose, performer := "p1", `{"reference":"Organization/lab"}`
		switch i % 10 {
		case 3:
			whose = "p2"
		case 7:
			performer = `{"reference":"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"}`
		}
		fmt.Fprintf(&b, `{"fullUrl":"http://source.internal/fhir/Observation/o%[1]d","resource":{"resourceType":"Observation","id":"o%[1]d",`+
			`"meta":{"versionId":"1","lastUpdated":"2026-05-04T09:00:00.000+00:00"},"status":"final",`+
			`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`+
			`"code":{"coding":[{"system":"http://snomed.info/sct","code":"1022431000000105","display":"Haemoglobin estimation"}],"text":"Haemoglobin"},`+
			`"subject":{"reference":"http://source.internal/fhir/Patient/%s"},"effectiveDateTime":"2026-05-04T08:00:00+00:00","performer":[%s],`+
			`"valueQuantity":{"value":13%d.0,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},"note":[{"text":"%s"}]},"search":{"mode":"match"}}`,
			i, whose, performer, i%10, strings.Repeat("within its range, ", note/18))
	}
	b.WriteString("]}")
	return b.Bytes()
}

// What is spliced together is, byte for byte, what is written whole.
func TestPiecesAreTheWholeAnswer(t *testing.T) {
	plan := permissionPlan()
	links := fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir"}
	for i, shape := range []fhir.Shape{{}, {Summary: "true"}, {Elements: []string{"note"}}, {}} {
		body := pageOf(3<<20, 300)
		if i == 3 {
			body = append([]byte("\xef\xbb\xbf"), body...)
		}
		req := searchFor("Observation")
		req.Shape = shape
		whole, err := fhir.Filter(body, req, owner, plan, links)
		if err != nil {
			t.Fatal(err)
		}
		cut, err := fhir.FilterInto([]byte("kept "), body, req, owner, plan, links)
		if err != nil {
			t.Fatal(err)
		}
		var joined []byte
		for piece := range cut.Pieces() {
			joined = append(joined, piece...)
		}
		if string(joined) != "kept "+string(whole.Body) || cut.Len() != len(joined) {
			t.Errorf("%+v: %d bytes of pieces that say %d, %d whole", shape, len(joined), cut.Len(), len(whole.Body))
		}
		if len(whole.Withheld) == 0 || len(whole.Causes) == 0 || len(cut.Released) != len(whole.Released) || len(cut.Spliced) == 0 || whole.Spliced != nil {
			t.Errorf("%d spliced of %d released, withheld %v, %d causes", len(cut.Spliced), len(cut.Released), whole.Withheld, len(whole.Causes))
		}
	}
}

// allocated is how many bytes are allocated by f, not how many are left.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// Attack 162: a large answer is cut in less memory than it takes itself, and in no more
// than Memory says. Of very short entries the tree alone is as large as they are.
func TestAttack162ALargeAnswerIsCutWithinItsOwnSize(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		most float64 // of its size; with the race detector, which takes a third more
	}{
		"entries of 850 bytes": {pageOf(15<<20, 0), 2.3},
		"entries of 1900":      {pageOf(15<<20, 1000), 1},
		"entries of 65,000":    {pageOf(15<<20, 64_000), 0.2},
	} {
		cut, took := cutting(t, c.body)
		t.Logf("%s: %.1f MiB of %d entries took %.1f MiB, and Memory says %.1f", name, mib(int64(len(c.body))), len(cut.Released), mib(took), mib(fhir.Memory(c.body)))
		if float64(took) > c.most*float64(len(c.body)) || took > fhir.Memory(c.body) || len(cut.Released) == 0 {
			t.Errorf("%s: cutting %d bytes took %d, and Memory says %d", name, len(c.body), took, fhir.Memory(c.body))
		}
	}
}

// Attack 162: what a source makes up to take memory is counted too, or is not understood.
func TestAttack162MadUpAnswersTakeNoMoreThanIsCounted(t *testing.T) {
	const own = `"subject":{"reference":"Patient/p1"}`
	many := func(one string, size int) string {
		return strings.TrimSuffix(strings.Repeat(one+",", size/(len(one)+1)), ",")
	}
	in := func(element string) string {
		return `{"resource":{"resourceType":"Observation","id":"o1","status":"final",` + own + `,` + element + `}}`
	}
	for _, size := range []int{1 << 20, 4 << 20} {
		for name, entries := range map[string]string{
			"entries that are none":        many(`1`, size),
			"empty entries":                many(`{}`, size),
			"empty resources":              many(`{"resource":{}}`, size),
			"resources without a patient":  many(`{"resource":{"resourceType":"Observation","id":"1"}}`, size),
			"a text of commas":             in(`"note":[{"text":"` + strings.Repeat(",", size) + `"}]`),
			"a text of brackets":           in(`"note":[{"text":"` + strings.Repeat("[", size) + `"}]`),
			"numbers":                      in(`"valueSampledData":[` + many(`1`, size) + `]`),
			"empty objects":                in(`"component":[` + many(`{}`, size) + `]`),
			"empty names":                  in(`"component":[` + many(`{"":0}`, size) + `]`),
			"references":                   in(`"performer":[` + many(`{"reference":"Practitioner/a"}`, size) + `]`),
			"references that go":           in(`"performer":[` + many(`{"reference":"urn:uuid:a"}`, size) + `]`),
			"references to what is within": in(`"performer":[` + many(`{"reference":"#a"}`, size) + `]`),
			"codes":                        in(`"code":{"coding":[` + many(`{"system":"http://snomed.info/sct","code":"1"}`, size) + `]}`),
			"labels":                       in(`"meta":{"security":[` + many(`{"code":"1"}`, size) + `]}`),
			"extensions":                   in(`"extension":[` + many(`{"url":"a"}`, size) + `]`),
			"documents":                    in(`"component":[` + many(`{"url":"a"}`, size) + `]`),
		} {
			body := []byte(`{"resourceType":"Bundle","type":"searchset","entry":[` + entries + `]}`)
			_, took := cutting(t, body)
			t.Logf("%s: %.1f MiB took %.1f MiB, and Memory says %.1f", name, mib(int64(len(body))), mib(took), mib(fhir.Memory(body)))
			if took > fhir.Memory(body) {
				t.Errorf("%s: cutting %d bytes took %d, and Memory says %d", name, len(body), took, fhir.Memory(body))
			}
		}
	}
}

// cutting cuts a searchset, and counts what is allocated for it.
func cutting(t *testing.T, body []byte) (cut fhir.Filtered, took int64) {
	t.Helper()
	links := fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir"}
	took = allocated(func() {
		var err error
		cut, err = fhir.FilterInto(nil, body, searchFor("Observation"), owner, permissionPlan(), links)
		if err != nil && !errors.Is(err, fhir.ErrNotUnderstood) {
			t.Fatal(err)
		}
	})
	return cut, took
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
