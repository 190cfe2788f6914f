package console_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/brokers"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/internal/surfer"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/vouch"
)

var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var members = []issuer.Member{
	{ID: "consultant", Name: "Dr Helen Marchetti", UserID: "555004000100", RoleCode: "S0010:G0020:R0050", RoleName: "Consultant",
		Organisation: "RZ1", OrgName: "St Aldhelm's Hospital", RoleID: "955004000100"},
	{ID: "privacy-officer", Name: "Ruth Calder", UserID: "555004000300", RoleCode: "S8000:G8001:R8012", RoleName: "Information Officer",
		Organisation: "RZ1", OrgName: "St Aldhelm's Hospital", RoleID: "955004000300"},
	{ID: "two-roles", Name: "Dr Obinna Eze", UserID: "555004000200", RoleCode: "S0010:G0020:R0050", RoleName: "Consultant",
		Organisation: "RZ1", OrgName: "St Aldhelm's Hospital", RoleID: "955004000200", Roles: []issuer.Role{
			{Code: "S8000:G8000:R8000", Name: "Clinical Practitioner", Organisation: "RZ2", OrgName: "Out of Hours Wend", ID: "855004000200"},
		}},
}

// kit is a console before an issuer on another site, with sources that a test scripts.
type kit struct {
	t       *testing.T
	clock   *brokers.Clock
	issuer  *httptest.Server
	signer  *issuer.Server
	front   *httptest.Server
	address string // of the console: another host name than the issuer's
	console *console.Console
	sources *scripted
	log     heard.Text
}

func newKit(t *testing.T, change func(*console.Config)) *kit {
	t.Helper()
	k := &kit{t: t, clock: brokers.NewClock(morning), sources: &scripted{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k.issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.signer.ServeHTTP(w, r) }))
	t.Cleanup(k.issuer.Close)
	var err error
	k.signer, err = issuer.New(issuer.Options{URL: k.issuer.URL, Cast: members, Clients: []string{"mcr-console"}, Clock: k.clock.Now})
	must(err)
	log := slog.New(slog.NewTextHandler(&k.log, nil))
	verifier, err := token.New(token.Config{Clock: k.clock.Now, Logger: log, Issuers: []token.Issuer{{
		Name: k.issuer.URL, JWKSURL: k.issuer.URL + "/jwks", Audience: []string{issuer.Audience}, Algorithms: []string{"ES256"},
		Preset: token.PresetCIS2, MaxAge: 1000 * time.Hour,
	}}})
	must(err)
	t.Cleanup(func() { _ = verifier.Close() })

	k.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.console.ServeHTTP(w, r) }))
	t.Cleanup(k.front.Close)
	k.address = strings.Replace(k.front.URL, "127.0.0.1", "localhost", 1)
	cfg := console.Config{
		PublicURL: k.address, Issuer: k.issuer.URL, ClientID: "mcr-console", Verifier: verifier,
		Collector: k.sources, Engine: engine(t), Policies: policies.FS, Clock: k.clock.Now, Log: log,
	}
	if change != nil {
		change(&cfg)
	}
	k.console, err = console.New(cfg)
	must(err)
	return k
}

var loaded = sync.OnceValues(func() (*decision.Revision, error) {
	return decision.Load(context.Background(), policies.FS, decision.Options{})
})

func engine(t testing.TB) *decision.Engine {
	t.Helper()
	rev, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return decision.NewEngine(rev)
}

// url is an address of the console.
func (k *kit) url(within string) string { return k.address + "/console" + within }

// signIn signs a member of the cast in.
func (k *kit) signIn(member string) *surfer.Surfer {
	k.t.Helper()
	s := surfer.New(k.t)
	k.signInWith(s, member)
	return s
}

func (k *kit) signInWith(s *surfer.Surfer, member string) {
	k.t.Helper()
	s.Open(k.url("/")).Click("/console/sign-in")
	k.pick(s, member)
}

// pick chooses a member on the issuer's page.
func (k *kit) pick(s *surfer.Surfer, member string) {
	k.t.Helper()
	form := s.At.Query()
	form.Set("cast", member)
	s.Navigate(http.MethodPost, k.issuer.URL+"/authorize", form)
}

// scripted answers collections as a test says.
type scripted struct {
	mu     sync.Mutex
	parts  func(q collect.Question) []collect.Part
	asked  []collect.Question
	bearer []string
}

func (s *scripted) Sources() []collect.Source {
	return []collect.Source{source("gp", "Riverside Surgery", "Z91001"), source("acute", "St Aldhelm's Hospital", "RZ1")}
}

func source(id, name, ods string) collect.Source {
	code, err := nhs.ParseODSCode(ods)
	if err != nil {
		panic(err)
	}
	return collect.Source{ID: id, Name: name, Organisation: code, Telephone: "01632 960001", Broker: "http://127.0.0.1:1/" + id + "/fhir"}
}

func (s *scripted) Sign(*http.Request, vouch.Person) {}

func (s *scripted) Open(context.Context, string, vouch.Person, string, string) (*collect.Document, error) {
	return nil, &collect.NotOpened{Status: http.StatusNotFound, Reason: collect.Reason{Code: "link-not-found", Text: "This link has ended."}}
}

func (s *scripted) Collect(_ context.Context, bearer string, q collect.Question, each func(collect.Part)) collect.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.bearer = append(s.asked, q), append(s.bearer, bearer)
	var parts []collect.Part
	if s.parts != nil {
		parts = s.parts(q)
	}
	for _, p := range parts {
		if each != nil {
			each(p)
		}
	}
	return collect.Result{Trace: strings.Repeat("a", 32), Parts: parts}
}

// known is a part that holds a Patient.
func known(name, born string) collect.Part {
	text, _ := json.Marshal(map[string]any{"resourceType": "Patient", "birthDate": born, "gender": "male", "name": []any{map[string]any{"text": name}}})
	return collect.Part{Source: source("acute", "St Aldhelm's Hospital", "RZ1"), Status: collect.Complete,
		Entries: []collect.Entry{{Type: "Patient", ID: "p1", Resource: text}}}
}

// refused is a part that a broker refused.
func refused(code, remedy string) collect.Part {
	return collect.Part{Source: source("gp", "Riverside Surgery", "Z91001"), Status: collect.Refused,
		Reason: collect.Reason{Code: code, Text: "Text of " + code + ".", Remedy: remedy, RecordID: "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"}}
}

// search fills in the form that finds a patient.
func search(number, day, month, year string) url.Values {
	return url.Values{"number": {number}, "day": {day}, "month": {month}, "year": {year}}
}
