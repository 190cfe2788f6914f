package broker_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/broker"
)

// What may be asked with which scopes: each request, what it needs, and what nearly opens it.
func TestAttack387ATokenWithoutTheScopeOfWhatIsAsked(t *testing.T) {
	batch := func(address string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/fhir", strings.NewReader(`{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"`+address+`"}}]}`))
		r.Header.Set("Content-Type", "application/fhir+json")
		return r
	}
	get := func(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }
	for name, c := range map[string]struct {
		ask    func() *http.Request
		needs  string
		within bool // it is told of a part
		nearly []string
	}{
		"search":   {func() *http.Request { return get(search) }, "user/Observation.s", false, []string{"user/Observation.r", "user/Patient.rs"}},
		"read":     {func() *http.Request { return get("/fhir/Observation/o1") }, "user/Observation.r", false, []string{"user/Observation.s"}},
		"history":  {func() *http.Request { return get("/fhir/Observation/o1/_history") }, "user/Observation.r", false, []string{"user/Observation.s"}},
		"version":  {func() *http.Request { return get("/fhir/Observation/o1/_history/1") }, "user/Observation.r", false, nil},
		"patient":  {func() *http.Request { return get("/fhir/Patient/p1") }, "user/Patient.r", false, []string{"user/Observation.rs"}},
		"practice": {func() *http.Request { return get("/fhir/Organization/g1") }, "user/Organization.r", false, nil},
		"page":     {func() *http.Request { return get("/fhir/Observation?_page=x") }, "user/Observation.s", false, nil},
		"document": {func() *http.Request { return get("/fhir/Binary?_link=x") }, "user/Binary.r", false, []string{"user/DocumentReference.rs"}},
		"batch":    {func() *http.Request { return batch("Observation?patient=p1") }, "user/Observation.s", true, []string{"user/Observation.r"}},
		"consent": {func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/fhir/Consent", strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/fhir+json")
			return r
		}, "user/Consent.c", false, []string{"user/Consent.rs"}},
	} {
		ask := func(scopes string) (*kit, *httptest.ResponseRecorder) {
			k := newKit(t)
			k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result, "Observation/o1": observation})
			k.configure = func(cfg *broker.Config) { cfg.Scopes = broker.Scopes{Smart: true} }
			k.subject.Scopes = scopes
			r := c.ask()
			r.Header.Set("Authorization", "Bearer token")
			return k, k.do(r)
		}
		open, _, _ := strings.Cut(c.needs, ".")
		_, letter, _ := strings.Cut(c.needs, ".")
		for _, scopes := range append(c.nearly, "", "openid", "user", "patient/*.cruds", "patient/"+strings.TrimPrefix(c.needs, "user/"),
			c.needs+"?category=laboratory", "xuser/*."+letter, open+"."+strings.ToUpper(letter)) {
			k, w := ask(scopes)
			rec := k.record.records[0]
			if c.within {
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "scope-insufficient") || !strings.Contains(w.Body.String(), c.needs) {
					t.Errorf("%s with %q: %d %s", name, scopes, w.Code, w.Body)
				}
			} else if want := `Bearer realm="mcr", error="insufficient_scope", scope="` + c.needs + `"`; w.Code != http.StatusForbidden ||
				!strings.Contains(w.Body.String(), "scope-insufficient") || !strings.Contains(w.Body.String(), "The token needs "+c.needs) || w.Header().Get("WWW-Authenticate") != want {
				t.Errorf("%s with %q: %d %v %s", name, scopes, w.Code, w.Header(), w.Body)
			}
			if strings.Contains(w.Body.String(), canary) || rec.Outcome != "refused" || rec.Reasons[0] != "scope-insufficient" {
				t.Errorf("%s with %q: recorded %s %v, answered %s", name, scopes, rec.Outcome, rec.Reasons, w.Body)
			}
		}
		for _, scopes := range []string{c.needs, "openid " + c.needs, "user/*.cruds", "system/*.*"} {
			if _, w := ask(scopes); strings.Contains(w.Body.String(), "scope-insufficient") {
				t.Errorf("%s with %q: %d %s", name, scopes, w.Code, w.Body)
			}
		}
	}
}

// What comes along is released only of the types that the token opens.
func TestWhatComesAlongIsCutToTheScopes(t *testing.T) {
	both := `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + observation + `,"search":{"mode":"match"}},{"resource":` + patient + `,"search":{"mode":"include"}}]}`
	for scopes, shown := range map[string]bool{"user/Observation.rs user/Patient.r": true, "user/Observation.rs user/*.read": true, "user/Observation.rs": false, "user/Observation.rs user/Patient.s": false} {
		k := newKit(t)
		k.source = sourceOf(map[string]string{"Patient/p1": patient, "Observation?_count=50&_include=Observation%3Apatient&patient=p1": both, "Observation?_count=50&_include=Observation:patient&patient=p1": both})
		k.configure = func(cfg *broker.Config) { cfg.Scopes = broker.Scopes{Smart: true} }
		k.subject.Scopes = scopes
		w := k.get("/fhir/Observation?patient=p1&_include=Observation:patient")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) || strings.Contains(w.Body.String(), `"resourceType":"Patient"`) != shown {
			t.Errorf("with %q: %d %s", scopes, w.Code, w.Body)
		}
		if withheld := k.only().Withheld["scope-insufficient"]; withheld != map[bool]int{true: 0, false: 1}[shown] {
			t.Errorf("with %q: recorded %v", scopes, k.only().Withheld)
		}
	}
}

// Of an everything, each type is judged by itself.
func TestAnEverythingGivesWhatTheScopesOpen(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.configure = func(cfg *broker.Config) { cfg.Scopes = broker.Scopes{Smart: true} }
	k.subject.Scopes = "user/Observation.s"
	w := k.get("/fhir/Patient/p1/$everything?_type=Observation,Condition")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) || !strings.Contains(w.Body.String(), "Not here: Condition") || !strings.Contains(w.Body.String(), "scope-insufficient") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	k.subject.Scopes = "openid"
	if w := k.get("/fhir/Patient/p1/$everything"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "scope-insufficient") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestEachScopeThatIsRequiredMustBeThere(t *testing.T) {
	for scopes, want := range map[string]int{"records": 403, "view": 403, "": 403, "records view": 200, "openid view records": 200, "recordsview": 403} {
		k := newKit(t)
		k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
		k.configure = func(cfg *broker.Config) { cfg.Scopes = broker.Scopes{Required: []string{"records", "view"}} }
		k.subject.Scopes = scopes
		w := k.get(search)
		if w.Code != want || want == 403 && !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="insufficient_scope", scope="records view"`) {
			t.Errorf("%q: %d %v", scopes, w.Code, w.Header())
		}
	}
	k := newKit(t)
	k.configure = func(cfg *broker.Config) { cfg.Scopes = broker.Scopes{Required: []string{"records"}, Smart: true} }
	if w := k.do(httptest.NewRequest(http.MethodGet, "/fhir/metadata", nil)); w.Code != http.StatusOK { // for anybody
		t.Errorf("metadata: %d", w.Code)
	}
}

// What applications are told they may ask for, and what is asked of them, agree.
func TestScopesAgreeWithWhatIsTold(t *testing.T) {
	told := func(scopes ...string) *broker.Smart {
		return &broker.Smart{AuthorizationEndpoint: "https://issuer.example/authorize", TokenEndpoint: "https://issuer.example/token", Scopes: scopes}
	}
	for _, c := range []struct {
		scopes broker.Scopes
		smart  *broker.Smart
		fault  string
	}{
		{broker.Scopes{Required: []string{"records"}, Smart: true}, told("records", "user/*.rs"), ""},
		{broker.Scopes{Required: []string{"records"}, Smart: true}, told(), ""},
		{broker.Scopes{Required: []string{"records"}, Smart: true}, nil, ""},
		{broker.Scopes{Required: []string{"records"}}, told("openid"), "do not name records"},
		{broker.Scopes{Smart: true}, told("openid", "patient/*.rs"), "no SMART scope of a user"},
		{broker.Scopes{Required: []string{"a b"}}, nil, `"a b" is no scope`},
		{broker.Scopes{Required: []string{""}}, nil, `"" is no scope`},
	} {
		k := newKit(t)
		var fault error
		k.configure = func(cfg *broker.Config) {
			cfg.Scopes, cfg.Smart = c.scopes, c.smart
			_, fault = broker.New(*cfg)
			if fault != nil {
				cfg.Scopes, cfg.Smart = broker.Scopes{}, nil
			}
		}
		w := k.do(httptest.NewRequest(http.MethodGet, "/fhir/.well-known/smart-configuration", nil))
		if got := fmt.Sprint(fault); (fault == nil) != (c.fault == "") || !strings.Contains(got, c.fault) && c.fault != "" {
			t.Errorf("%+v, told %+v: %v", c.scopes, c.smart, fault)
		}
		if c.fault == "" && c.smart != nil && (!strings.Contains(w.Body.String(), `"records"`) || !strings.Contains(w.Body.String(), `"permission-v2"`)) {
			t.Errorf("told: %s", w.Body)
		}
	}
}
