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

// codes are the codes that a rule names, one by one or as "@list".
func (doc *categories) codes(t *testing.T, names []string) (out []fhir.Code) {
	t.Helper()
	for _, one := range names {
		if file, ok := strings.CutPrefix(one, "@"); ok {
			text, err := policies.FS.ReadFile("data/codes/" + file + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var list struct {
				System string
				Codes  map[string]string
			}
			if err := json.Unmarshal(text, &list); err != nil {
				t.Fatal(err)
			}
			for code := range list.Codes {
				for _, system := range doc.Systems[list.System] {
					out = append(out, fhir.Code{System: system, Code: code})
				}
			}
			continue
		}
		one, _, _ = strings.Cut(one, " (")
		short, code, _ := strings.Cut(one, "|")
		for _, system := range doc.Systems[short] {
			out = append(out, fhir.Code{System: system, Code: code})
		}
	}
	return out
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

// Where a rule opens a category by itself, a search that could bring another too
// would be refused. Elsewhere more may come than was asked for, never less.
func TestWhatIsOpenAloneIsAskedForWithSearchesThatBringNothingElse(t *testing.T) {
	doc, classes := readCategories(t)
	for _, category := range collect.Categories() {
		t.Run(category, func(t *testing.T) {
			alone := slices.Contains(collect.DefaultApart, category)
			b := &broker{id: "a", records: []string{patient("p1")}}
			newRegion(t, collect.Config{}, b).whole(t, category)
			for _, a := range b.asked() {
				request := asBroker(t, a)
				if request.Type == "Patient" {
					continue
				}
				possible := classes.Possible(request)
				if !slices.Contains(possible, category) && !slices.Contains(doc.Tagged, category) {
					t.Errorf("%s %v brings %v", a.uri, a.form, possible)
				}
				for _, p := range possible {
					if alone && p != category && !slices.Contains(doc.Tagged, p) {
						t.Errorf("%s %v could bring %s", a.uri, a.form, p)
					}
				}
			}
		})
	}
}

// A code that the policies put into a category and the collector does not ask for
// would be missing without anybody seeing it. What docs/collect.md says that only
// the whole record brings is left out here: what is told by specialty, and results
// and requests that bear no category, of a category that a rule opens by itself.
func TestTheCodesOfACategoryAreAllAskedFor(t *testing.T) {
	doc, _ := readCategories(t)
	asked := map[string][]asked{}
	for _, category := range collect.Categories() {
		b := &broker{id: "a", records: []string{patient("p1")}}
		newRegion(t, collect.Config{}, b).whole(t, category)
		asked[category] = b.asked()
	}
	compared := 0
	for _, rule := range doc.Rules {
		for _, typ := range rule.Type {
			if rule.Class == "administrative" || slices.Contains([]string{"Patient", "Medication", "AppointmentResponse"}, typ) ||
				typ == "List" && rule.Class != "documents" {
				continue // come along; a List with the documents; AppointmentResponse is not searched for
			}
			var whole bool
			var values []string
			for _, a := range asked[rule.Class] {
				if a.typ != typ {
					continue
				}
				value := a.form.Get("category") + a.form.Get("class") + a.form.Get("code") + a.form.Get("type")
				whole = whole || value == ""
				values = append(values, strings.Split(value, ",")...)
			}
			wide := len(rule.Category)+len(rule.Code)+len(rule.Specialty)+len(rule.Has) == 0
			alone := slices.Contains(collect.DefaultApart, rule.Class) && slices.Contains([]string{"Observation", "DiagnosticReport", "ServiceRequest"}, typ)
			switch {
			case whole, len(rule.Specialty) > 0, alone && len(rule.Category) == 0:
				continue
			case wide:
				t.Errorf("%s of %s are in it without a code, and are not asked for", typ, rule.Class)
			}
			for _, code := range doc.codes(t, slices.Concat(rule.Category, rule.Code)) {
				compared++
				if code.Code == fhir.AnyCode {
					code.Code = ""
				}
				if !slices.Contains(values, code.Code) && !slices.Contains(values, code.System+"|"+code.Code) {
					t.Errorf("%s of %s: %s|%s is not asked for", typ, rule.Class, code.System, code.Code)
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d codes compared: the test looks in the wrong place", compared)
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
func TestWhatIsNobodysChoiceIsToldInTheWordsOfThePolicies(t *testing.T) {
	text, err := policies.FS.ReadFile("data/reasons.json")
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Reasons []struct{ Code, Text, Remedy string }
	}
	if err := json.Unmarshal(text, &book); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, r := range book.Reasons {
		switch s := collect.Status(r.Code); s {
		case collect.NotUnderstood, collect.InPart, collect.Withheld:
			compared++
			if s.Text() != r.Text || s.Remedy() != r.Remedy {
				t.Errorf("%s: %q %q, and the table says %q %q", s, s.Text(), s.Remedy(), r.Text, r.Remedy)
			}
		}
	}
	if compared != 3 {
		t.Errorf("%d compared", compared)
	}
}

func TestTheCollectorsOwnReasonsAreOfTheBrokersIssueTypes(t *testing.T) {
	b := &broker{id: "a", answer: func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(502); return true }}
	part := newRegion(t, collect.Config{}, b).whole(t)["a"]
	if got := fhir.IssueType(part.Reason.Code); got != "transient" {
		t.Errorf("%s is %s", part.Reason.Code, got)
	}
}
