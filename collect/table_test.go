package collect_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/policies"
)

// categories is what of policies/data/categories.json the table must follow.
type categories struct {
	Categories   map[string]string
	RoutineGP    []string `json:"routine_gp"`
	CanBeOrdered []string `json:"can_be_ordered"`
	Tagged       []string
	Systems      map[string]oneOrMore
	Rules        []struct {
		Type                           oneOrMore
		Class                          string
		Category, Code, Specialty, Has []string
	}
}

// oneOrMore is a text, or a list of them.
type oneOrMore []string

func (t *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

func readCategories(t *testing.T) (doc categories, _ *fhir.Classifier) {
	t.Helper()
	text, err := policies.FS.ReadFile("data/categories.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	rev, err := decision.Load(t.Context(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return doc, rev.Classes()
}

// asBroker reads what was asked as a broker reads it.
func asBroker(t *testing.T, a asked) fhir.Request {
	t.Helper()
	r := httptest.NewRequest(a.method, a.uri, strings.NewReader(a.form.Encode()))
	for _, name := range []string{"Content-Type", "Accept"} {
		if value := a.header.Get(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	request, refusal := fhir.ParseRequest(r, "/a/fhir")
	if refusal != nil {
		t.Fatalf("%s %v: the broker refuses it: %s", a.uri, a.form, refusal.Code)
	}
	return request
}

func TestEveryCategoryOfThePoliciesCanBeAskedFor(t *testing.T) {
	doc, _ := readCategories(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(doc.Categories)), collect.Categories()); diff != "" {
		t.Error("the policies' categories, and the collector's:\n", diff)
	}
}

// A search that could bring another category too would be refused where only the
// one that was asked for is open.
func TestACategoryIsAskedForWithSearchesThatBringNothingElse(t *testing.T) {
	doc, classes := readCategories(t)
	for _, category := range collect.Categories() {
		if category == "referrals" || category == "unclassified" || slices.Contains(doc.Tagged, category) {
			continue // most referrals bear no code; EpisodeOfCare and List cannot be narrowed
		}
		t.Run(category, func(t *testing.T) {
			b := &broker{id: "a", records: []string{patient("p1")}}
			newRegion(t, collect.Config{}, b).whole(t, category)
			for _, a := range b.asked() {
				request := asBroker(t, a)
				if request.Type == "Patient" {
					continue
				}
				possible := classes.Possible(request)
				if !slices.Contains(possible, category) {
					t.Errorf("%s %v brings %v", a.uri, a.form, possible)
				}
				for _, p := range possible {
					if p != category && !slices.Contains(doc.Tagged, p) {
						t.Errorf("%s %v could bring %s", a.uri, a.form, p)
					}
				}
			}
		})
	}
}

// A code that the policies put into a category and the collector does not ask for
// would be missing without anybody seeing it.
//
// What a list of codes, an element or a code system tells cannot be asked for by
// category: it comes with the whole record. So do lists.
func TestTheCodesOfACategoryAreAllAskedFor(t *testing.T) {
	doc, _ := readCategories(t)
	for _, rule := range doc.Rules {
		if rule.Class == "administrative" || len(rule.Code)+len(rule.Specialty)+len(rule.Has) > 0 {
			continue
		}
		b := &broker{id: "a", records: []string{patient("p1")}}
		newRegion(t, collect.Config{}, b).whole(t, rule.Class)
		for _, typ := range rule.Type {
			switch typ {
			case "Patient", "Medication", "List": // come along, or with the whole
				continue
			case "AppointmentResponse": // not offered
				continue
			}
			var whole bool
			var values []string
			for _, a := range b.asked() {
				if a.typ != typ {
					continue
				}
				value := a.form.Get("category") + a.form.Get("class")
				whole = whole || value == ""
				values = append(values, strings.Split(value, ",")...)
			}
			if whole {
				continue
			}
			if len(rule.Category) == 0 {
				t.Errorf("%s of %s are in it without a code, and are not asked for", typ, rule.Class)
			}
			for _, one := range rule.Category {
				one, _, _ = strings.Cut(one, " (")
				short, code, ok := strings.Cut(one, "|")
				switch {
				case !ok: // a list of data/codes
					continue
				case typ == "Consent", rule.Class == "medications": // by its scope; a pharmacy's report comes with the whole
					continue
				case (typ == "Observation") != (short == "observation-category") && short != "record-category" && short != "snomed":
					continue // in the words of the other kind of result: with the whole
				case typ == "Observation" && short == "snomed":
					continue
				}
				if want := doc.Systems[short][0] + "|" + code; !slices.Contains(values, want) && !slices.Contains(values, code) {
					t.Errorf("%s of %s: %s is not asked for", typ, rule.Class, want)
				}
			}
		}
	}
}

func TestAWholeCollectionAsksForEveryTypeThatABrokerOffers(t *testing.T) {
	var statement struct {
		Rest []struct {
			Resource []struct {
				Type        string
				Interaction []struct{ Code string }
				SearchParam []struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(fhir.CapabilityStatement(fhir.Server{}), &statement); err != nil {
		t.Fatal(err)
	}
	var offered, got []string
	for _, r := range statement.Rest[0].Resource {
		for _, i := range r.Interaction {
			if i.Code == "search-type" {
				offered = append(offered, r.Type)
			}
		}
	}
	b := &broker{id: "a", records: []string{patient("p1")}}
	newRegion(t, collect.Config{}, b).whole(t)
	for _, a := range b.asked() {
		request := asBroker(t, a)
		if len(a.form["category"])+len(a.form["class"]) > 0 {
			t.Errorf("%s is narrowed: %v", a.typ, a.form)
		}
		got = append(got, request.Type)
	}
	slices.Sort(got)
	if diff := cmp.Diff(offered, got); diff != "" {
		t.Error("types that are offered, and types that are asked for:\n", diff)
	}
}

// What a rule opens by itself must be asked for by itself.
func TestWhatTheRulesOpenAloneIsAskedForApart(t *testing.T) {
	doc, _ := readCategories(t)
	opened := slices.Concat(doc.RoutineGP, doc.CanBeOrdered, []string{"medications", "conditions"}) // rules/routine_gp, rules/specialist
	slices.Sort(opened)
	opened = slices.DeleteFunc(slices.Compact(opened), func(c string) bool { return c == "administrative" }) // comes along
	if diff := cmp.Diff(opened, collect.DefaultApart); diff != "" {
		t.Error("what the rules open, and what is asked for apart:\n", diff)
	}
}

// What the policies' table of reasons says and what the collector says must be one
// thing to the person who reads both.
func TestTheCollectorsOwnReasonsAreOfTheBrokersIssueTypes(t *testing.T) {
	b := &broker{id: "a", answer: func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(502); return true }}
	part := newRegion(t, collect.Config{}, b).whole(t)["a"]
	if got := fhir.IssueType(part.Reason.Code); got != "transient" {
		t.Errorf("%s is %s", part.Reason.Code, got)
	}
}
