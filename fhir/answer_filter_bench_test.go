package fhir_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// searchset makes a searchset of laboratory results of one patient, as a source
// would: about 4 KB with 12 short entries, about 40 KB with 50 long ones.
func searchset(entries int, long bool, patient func(i int) string) []byte {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","id":"d2f1","type":"searchset","total":` + fmt.Sprint(entries) +
		`,"link":[{"relation":"self","url":"http://source.internal/fhir/Observation?patient=p1"}],"entry":[`)
	for i := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"fullUrl":"http://source.internal/fhir/Observation/o%d","resource":{"resourceType":"Observation","id":"o%d",`, i, i)
		if long {
			fmt.Fprintf(&b, `"meta":{"versionId":"%d","lastUpdated":"2026-05-04T09:%02d:00.000+00:00"},`, i%5+1, i)
		}
		b.WriteString(`"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`)
		if long {
			b.WriteString(`"code":{"coding":[{"system":"http://snomed.info/sct","code":"1022431000000105","display":"Haemoglobin estimation"}],"text":"Haemoglobin"},`)
		}
		fmt.Fprintf(&b, `"subject":{"reference":"Patient/%s"},`, patient(i))
		if long {
			fmt.Fprintf(&b, `"effectiveDateTime":"2026-05-04T08:%02d:00+00:00","performer":[{"reference":"Organization/lab-%d","display":"Pathology"}],`+
				`"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N"}]}],`, i, i%3)
		}
		fmt.Fprintf(&b, `"valueQuantity":{"value":13%d.0,"unit":"g/L"`, i%10)
		if long {
			b.WriteString(`,"system":"http://unitsofmeasure.org","code":"g/L"`)
		}
		b.WriteString(`}},"search":{"mode":"match"}}`)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkFilter(b *testing.B) {
	own := func(int) string { return "p1" }
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"12 entries", searchset(12, false, own)},
		{"50 entries", searchset(50, true, own)},
		{"50 entries, half withheld", searchset(50, true, func(i int) string { return fmt.Sprintf("p%d", i%2) })},
	} {
		b.Run(c.name, func(b *testing.B) {
			req := fhir.Request{Interaction: fhir.Search, Type: "Observation"}
			links := fhir.Links{Base: "https://broker.example/gp/fhir", Source: "http://source.internal/fhir"}
			plan := permissionPlan()
			b.SetBytes(int64(len(c.body)))
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				got, err := fhir.FilterInto(out[:0], c.body, req, owner, plan, links)
				if err != nil {
					b.Fatal(err)
				}
				out = got.Body
			}
		})
	}
}

// What a hostile source may answer takes time in proportion to its length: four times
// as much of each takes about four times as long.
func BenchmarkFilterHostile(b *testing.B) {
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	const own = `"subject":{"reference":"Patient/p1"}`
	for name, made := range map[string]func(n int) []byte{
		"references to what is cut out": func(n int) []byte {
			helpers := make([]string, 255)
			for i := range helpers {
				helpers[i] = fmt.Sprintf(`{"resourceType":"Device","id":"d%d"}`, i)
			}
			return bundleOf(`{"resourceType":"Encounter","id":"1","contained":[` + strings.Join(helpers, ",") + `,{"resourceType":"AuditEvent","id":"c"}],` + own +
				`,"reasonReference":[` + many(n, `{"reference":"#c"}`) + `]}`)
		},
		"references to nowhere": func(n int) []byte {
			return bundleOf(`{"resourceType":"Encounter","id":"1",` + own + `,"reasonReference":[` + many(n, `{"reference":"urn:x"}`) + `]}`)
		},
		"panels within panels": func(n int) []byte {
			all := []string{labReport}
			for i := n / 4; i >= 0; i-- {
				all = append(all, fmt.Sprintf(`include {"resourceType":"Observation","id":"%d",%s,"hasMember":[{"reference":"Observation/%d"}]}`, i, own, i+1))
			}
			return bundleOf(all...)
		},
		"provenances": func(n int) []byte {
			all := []string{}
			for i := range n / 4 {
				all = append(all, fmt.Sprintf(`include {"resourceType":"Provenance","id":"v%d","target":[{"reference":"DiagnosticReport/r"}]}`, i))
			}
			return bundleOf(append(all, labReport)...)
		},
	} {
		for _, n := range []int{8_000, 32_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				body := made(n)
				for b.Loop() {
					if _, err := fhir.Filter(body, searchFor("DiagnosticReport"), owner, permissionPlan(), fhir.Links{Base: brokerBase}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
