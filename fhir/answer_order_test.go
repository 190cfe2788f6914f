package fhir_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

// The source sorts by date; items of one date are put in order here, and only those
// that are shown.
func TestItemsOfOneDateAreInTheOrderAskedFor(t *testing.T) {
	observation := func(id, date, code, status, patient string) string {
		when := ""
		if date != "" {
			when = `"effectiveDateTime":"` + date + `",`
		}
		return `{"resourceType":"Observation","id":"` + id + `","status":"` + status + `",` + when +
			`"code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}]},"subject":{"reference":"Patient/` + patient + `"}}`
	}
	body := bundleOf(
		observation("1", "2026-03-02", "b", "final", "p1"), observation("2", "2026-03-02", "a", "final", "p1"),
		observation("x", "2026-03-02", "a", "final", "p2"), observation("3", "2026-03-02", "a", "amended", "p1"),
		observation("4", "2026-03-01", "c", "final", "p1"), observation("5", "2026-03-01", "a", "final", "p1"),
		observation("6", "", "z", "final", "p1"), observation("7", "", "y", "final", "p1"),
	)
	for _, c := range []struct {
		within []string
		want   string
	}{
		{nil, "1 2 3 4 5 6 7"},
		{[]string{"code"}, "2 3 1 5 4 7 6"},
		{[]string{"code", "status"}, "3 2 1 5 4 7 6"},
		{[]string{"-code", "-status"}, "1 2 3 4 5 6 7"},
		{[]string{"status"}, "3 1 2 4 5 6 7"},
		{[]string{"category"}, "1 2 3 4 5 6 7"}, // none has one
	} {
		req := searchFor("Observation")
		req.Params = []fhir.Param{{Name: "_sort", Value: "-date"}}
		req.Shape.Within = c.within
		got, err := fhir.Filter(body, req, owner, permissionPlan(), fhir.Links{Base: brokerBase})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, item := range got.Released {
			ids = append(ids, item.ID)
		}
		if diff := cmp.Diff(c.want, strings.Join(ids, " ")); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.within, diff)
		}
		for i, e := range readBack(t, got).Entry[:len(ids)] {
			if !strings.Contains(string(e.Resource), `"id":"`+ids[i]+`"`) {
				t.Errorf("%v: entry %d is %s, and the record says %s", c.within, i, e.Resource, ids[i])
			}
		}
	}
}
