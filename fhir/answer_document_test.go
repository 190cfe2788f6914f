package fhir_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// sealed asks for links to what is below the source, and remembers what was asked.
func sealed(asked *[]fhir.Attachment) fhir.Links {
	return fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir", Document: func(a fhir.Attachment) string {
		*asked = append(*asked, a)
		if rest, ok := strings.CutPrefix(strings.TrimPrefix(a.Address, "http://source.internal/fhir/"), "Binary/"); ok {
			return brokerBase + "/Binary?_link=" + rest
		}
		return ""
	}}
}

func readSealed(t *testing.T, plan fhir.Plan, typ, rest string) (string, []fhir.Attachment) {
	t.Helper()
	var asked []fhir.Attachment
	body := `{"resourceType":"` + typ + `","id":"d1","subject":{"reference":"Patient/p1"},` + rest + `}`
	got, err := fhir.Filter([]byte(body), fhir.Request{Interaction: fhir.Read, Type: typ, ID: "d1"}, owner, plan, sealed(&asked))
	if err != nil {
		t.Fatal(err)
	}
	return string(got.Body), asked
}

func TestEveryAddressOfADocumentIsSealed(t *testing.T) {
	const link = brokerBase + "/Binary?_link="
	// What is left out is told (attack 146).
	const subsetted = `,"meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}`
	for name, c := range map[string]struct{ typ, rest, want string }{
		"an attachment":         {"DocumentReference", `"content":[{"attachment":{"url":"http://source.internal/fhir/Binary/1","title":"a"}}]`, `"content":[{"attachment":{"url":"` + link + `1","title":"a"}}]`},
		"two of them":           {"DocumentReference", `"content":[{"attachment":{"url":"Binary/1"}},{"attachment":{"url":"Binary/2"}}]`, `"content":[{"attachment":{"url":"` + link + `1"}},{"attachment":{"url":"` + link + `2"}}]`},
		"with escapes":          {"DocumentReference", `"content":[{"attachment":{"url":"Binary\/1"}}]`, `"content":[{"attachment":{"url":"` + link + `1"}}]`},
		"a report as written":   {"DiagnosticReport", `"category":[{"coding":[{"system":"` + diagnosticService + `","code":"LAB"}]}],"presentedForm":[{"url":"Binary/1"}]`, `"presentedForm":[{"url":"` + link + `1"}]`},
		"a reference":           {"DocumentReference", `"context":{"related":[{"reference":"Binary/1","display":"scan"}]}`, `"context":{"related":[{"reference":"` + link + `1","display":"scan"}]}`},
		"within an extension":   {"DocumentReference", `"extension":[{"url":"http://x.example/e","valueAttachment":{"url":"Binary/1"}}]`, `"extension":[{"url":"http://x.example/e","valueAttachment":{"url":"` + link + `1"}}]`},
		"one elsewhere is gone": {"DocumentReference", `"content":[{"attachment":{"url":"https://elsewhere.example/1","title":"a"}}]`, `"content":[{"attachment":{"title":"a"}}]` + subsetted},
		"and all that held it":  {"DocumentReference", `"description":"x","content":[{"attachment":{"url":"https://elsewhere.example/1"}}]`, `"description":"x"` + subsetted},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := readSealed(t, permissionPlan(), c.typ, c.rest)
			if !strings.HasSuffix(got, c.want+"}") || strings.Contains(got, "source.internal") {
				t.Error(got)
			}
		})
	}
}

func TestALinkIsAskedForWithWhatHoldsTheDocument(t *testing.T) {
	_, asked := readSealed(t, permissionPlan(), "DocumentReference", `"content":[{"attachment":{"url":"Binary/1","contentType":"application/pdf"}}]`)
	want := []fhir.Attachment{{Host: fhir.ReleasedItem{Type: "DocumentReference", ID: "d1", Category: "documents"}, Address: "Binary/1", ContentType: "application/pdf"}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a mask takes, or what is withheld, gets no link: whoever opens a link relies on
// being asked about nothing else.
func TestNoLinkIsAskedForWhatIsNotReleased(t *testing.T) {
	masked := permissionPlan()
	masked.Masks = []string{"DocumentReference.content"}
	elsewhere := permissionPlan()
	elsewhere.Categories = []string{"demographics"}
	for name, plan := range map[string]fhir.Plan{"masked": masked, "withheld": elsewhere} {
		got, asked := readSealed(t, plan, "DocumentReference", `"content":[{"attachment":{"url":"Binary/1"}}]`)
		if len(asked) > 0 || strings.Contains(got, "Binary") {
			t.Errorf("%s: %v %s", name, asked, got)
		}
	}
}

func TestEachEntryOfASearchsetHasItsOwnLinks(t *testing.T) {
	var asked []fhir.Attachment
	doc := func(id, patient string) string {
		return `{"resourceType":"DocumentReference","id":"` + id + `","subject":{"reference":"Patient/` + patient + `"},"content":[{"attachment":{"url":"Binary/of-` + id + `"}}]}`
	}
	got, err := fhir.Filter(bundleOf(doc("a", "p1"), doc("b", "p2"), doc("c", "p1")), searchFor("DocumentReference"), owner, permissionPlan(), sealed(&asked))
	if err != nil {
		t.Fatal(err)
	}
	readBack(t, got)
	body := string(got.Body)
	if len(asked) != 2 || asked[1].Host.ID != "c" || !strings.Contains(body, "_link=of-a") || !strings.Contains(body, "_link=of-c") || strings.Contains(body, "of-b") {
		t.Errorf("%v\n%s", asked, body)
	}
}
