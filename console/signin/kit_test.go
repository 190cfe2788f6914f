package signin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/internal/brokers"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/internal/surfer"
	"github.com/mycarerecord/mcr/token"
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

// kit is a room before an issuer on another site, and a console of two pages behind it.
type kit struct {
	t           *testing.T
	clock       *brokers.Clock
	issuer      *httptest.Server
	signer      *issuer.Server
	address     string // of the console: another host name than the issuer's
	console     http.Handler
	done        atomic.Int64 // forms that reached the page behind the door
	forgotten   atomic.Int64 // sessions that ended
	revocations string
	away        atomic.Bool             // the issuer does not answer
	between     atomic.Pointer[between] // stands before the issuer; set it with stand
	mu          sync.Mutex
	log         heard.Text
}

// between stands before the issuer, which is asked for its keys at any time.
type between func(next http.Handler, w http.ResponseWriter, r *http.Request)

func (k *kit) stand(b between) { k.between.Store(&b) }

// behind are the pages behind the door: the first, and one with a form.
var behind = fstest.MapFS{
	"templates/home.html": {Data: []byte(`{{define "title"}}Start{{end}}{{define "content"}}<p>Find a patient</p>
		<p>You are signed in as {{.Subject.Name}}, {{.Subject.RoleName}}, {{.Subject.OrgName}}, one of {{.Roles}} roles</p>{{end}}`)},
	"templates/patients.html": {Data: []byte(`{{define "title"}}Patients{{end}}{{define "content"}}<p>Whom do you look for?</p>
		<form method="post" action="{{path "/patients"}}">{{csrf}}<input name="number"></form>{{end}}`)},
}

// kept counts the forms that a session has sent; forgotten says how many sessions of all
// were forgotten.
type kept struct {
	forms     atomic.Int64
	forgotten *atomic.Int64
}

func (k *kept) Forget() { k.forgotten.Add(1) }

func newKit(t *testing.T, change func(*signin.Config)) *kit {
	t.Helper()
	k := &kit{t: t, clock: brokers.NewClock(morning)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k.issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := k.between.Load()
		switch {
		case k.away.Load():
			w.WriteHeader(http.StatusBadGateway)
		case b != nil && *b != nil:
			(*b)(k.signer, w, r)
		default:
			k.signer.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(k.issuer.Close)
	var err error
	k.signer, err = issuer.New(issuer.Options{URL: k.issuer.URL, Cast: members, Clients: []string{"mcr-console", "another"}, Clock: k.clock.Now})
	must(err)
	k.revocations = filepath.Join(t.TempDir(), "revoked.json")
	must(os.WriteFile(k.revocations, []byte("[]"), 0o600))
	log := slog.New(slog.NewTextHandler(&k.log, nil))
	verifier, err := token.New(token.Config{Clock: k.clock.Now, Logger: log, RevocationFile: k.revocations, Issuers: []token.Issuer{{
		Name: k.issuer.URL, JWKSURL: k.issuer.URL + "/jwks", Audience: []string{issuer.Audience}, Algorithms: []string{"ES256"},
		Preset: token.PresetCIS2, MaxAge: 1000 * time.Hour,
	}}})
	must(err)
	t.Cleanup(func() { _ = verifier.Close() })
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.console.ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	k.address = strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	cfg := signin.Config{
		Base: "/console", PublicURL: k.address, Issuer: k.issuer.URL, Client: token.Client{ID: "mcr-console"}, Verifier: verifier,
		Complete: func(_ *http.Request, who *page.Person) { who.Areas.Patients = true }, Keep: func() page.Kept { return &kept{forgotten: &k.forgotten} },
		Clock: k.clock.Now, Log: log,
	}
	if change != nil {
		change(&cfg)
	}
	room, err := signin.New(cfg)
	must(err)
	k.console = k.behind(room)
	return k
}

// behind is a console of two pages behind a room.
func (k *kit) behind(room *signin.Room) http.Handler {
	pages, err := page.New("/console", behind, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	show := func(name string) page.Handler {
		return func(w http.ResponseWriter, r *http.Request, who *page.Person) {
			pages.Render(w, r, who, http.StatusOK, name, who)
		}
	}
	mux := http.NewServeMux()
	at := func(pattern string, h http.Handler) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" /console"+path, room.Once(h))
	}
	at("GET /{$}", room.Start(show("home")))
	room.Mount(at)
	patients := func(a page.Areas) bool { return a.Patients }
	at("GET /patients", room.Within(patients, show("patients")))
	at("GET /patients/{more...}", room.Within(patients, show("patients")))
	at("POST /patients", room.Within(patients, func(w http.ResponseWriter, _ *http.Request, who *page.Person) {
		k.done.Add(1)
		fmt.Fprint(w, "<main>This is done, of this session for the ", who.Kept.(*kept).forms.Add(1), ". time")
	}))
	at("GET /rules", room.Within(func(a page.Areas) bool { return a.Rules }, show("home")))
	return page.Guard(room.Guard(mux))
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
