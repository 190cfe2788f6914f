package collect_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
)

// pagedBy answers the search for results in two pages, with a note on each, "" for none.
func pagedBy(first, last string) *broker {
	b := &broker{id: "a", records: record}
	b.answer = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case !strings.Contains(r.URL.Path, "/Observation"):
			return false
		case r.URL.Query().Get("_page") == "":
			send(w, b.searchset([]string{record[1]}, b.base+"/Observation?_page=p2", first))
		default:
			send(w, b.searchset([]string{strings.Replace(record[1], `"o1"`, `"o2"`, 1)}, "", last))
		}
		return true
	}
	return b
}

// Attack 147: a page that others follow always says that something may be withheld. What
// holds of the whole search the last one says, and that is the status.
func TestAttack147TheLastPageSaysWhatHoldsOfAll(t *testing.T) {
	const mayBe = "some-information-may-be-withheld"
	entries := []string{"Patient/p1", "MedicationRequest/m1", "Condition/c1", "Observation/o1", "Observation/o2"}
	for last, want := range map[string]collect.Status{
		"": collect.Complete, "some-information-withheld": collect.Withheld, mayBe: collect.MayBeWithheld,
		"some-information-not-understood": collect.NotUnderstood, "some-information-in-part": collect.InPart,
	} {
		b := pagedBy(mayBe, last)
		parts := newRegion(t, collect.Config{}, b).whole(t)
		if diff := cmp.Diff(said{Status: want, Entries: entries}, what(parts["a"])); diff != "" {
			t.Errorf("%q: %s", last, diff)
		}
	}
}

// Attack 146: a source of which a page is missing is not complete, whatever else was said
// of it: its part is cut, and says why.
func TestAttack146ACollectionThatLacksAPageIsNotComplete(t *testing.T) {
	for name, b := range map[string]*broker{
		"of one page": {id: "a", records: record, note: "some-pages-missing"},
		"of two":      pagedBy("some-information-may-be-withheld", "some-pages-missing"),
	} {
		r := newRegion(t, collect.Config{}, b)
		part := r.whole(t)["a"]
		if !part.Cut || part.Status != collect.Withheld || len(part.Entries) < 4 || len(part.Notes) != 1 || part.Notes[0].Code != "some-pages-missing" {
			t.Errorf("%s: %s, cut %v, %d entries, %v", name, part.Status, part.Cut, len(part.Entries), part.Notes)
		}
		var bundle map[string]any
		body := collect.Bundle(part)
		if err := json.Unmarshal(body, &bundle); err != nil || !strings.Contains(string(body), `"code":"cut","display":"Some information is not shown."`) ||
			!strings.Contains(string(body), `{"severity":"warning","code":"incomplete","details":{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"some-pages-missing"}]`) {
			t.Errorf("%s: %v %s", name, err, body)
		}
	}
}
