package trail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
)

var (
	begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

	sources = []trail.Source{
		{ID: "gp-riverside", Name: "Riverside Surgery", Organisation: "Z91001"},
		{ID: "acute-st-aldhelm", Name: "St Aldhelm's Hospitals", Organisation: "RZ1"},
		{ID: "acute-northmoor", Name: "Northmoor General Hospital", Organisation: "RZ2"},
	}
	written  = sync.OnceValues(func() (*book.Book, error) { return book.Read(context.Background(), oneFileOfCases()) })
	revision = sync.OnceValues(func() (*decision.Revision, error) {
		return decision.Load(context.Background(), policies.FS, decision.Options{})
	})
)

// oneFileOfCases are the policies in force with one file of cases: the pages show
// none, and to decide them all takes seconds.
func oneFileOfCases() fs.FS {
	out := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(p, "testdata/") && p != "testdata/decisions/opt_out.yaml" {
			return err
		}
		text, err := fs.ReadFile(policies.FS, p)
		out[p] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		panic(err)
	}
	return out
}

// kept is a store with the trail of a small region.
type kept interface {
	audit.Store
	audit.Trail
}

// stores are both: what is shown must be the same.
func stores(t *testing.T, test func(t *testing.T, s kept)) {
	t.Run("memory", func(t *testing.T) { test(t, new(trailtest.Memory)) })
	t.Run("sqlite", func(t *testing.T) { test(t, openSQLite(t)) })
}

func openSQLite(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "trail.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// looks keeps the records of looks, or fails.
type looks struct {
	mu   sync.Mutex
	all  []*audit.Record
	fail error
	// failFor is the organisation in whose part no look can be recorded.
	failFor string
	ctx     context.Context // of the last
}

func (l *looks) Append(ctx context.Context, r *audit.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ctx = ctx
	if l.fail != nil {
		return l.fail
	}
	if l.failFor != "" && l.failFor == r.SourceOrg {
		return errAway
	}
	l.all = append(l.all, r)
	return nil
}

func (l *looks) last(t *testing.T) *audit.Record {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		t.Fatal("no look was recorded")
	}
	return l.all[len(l.all)-1]
}

func (l *looks) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// room is a room under test, with the people who use it.
type room struct {
	looks     *looks
	protector *protect.Protector
	mux       *http.ServeMux
	who       *page.Person
	sent      func(w http.ResponseWriter) http.ResponseWriter
}

type option func(*trail.Config)

func ownStaff(cfg *trail.Config) { cfg.Reach.OwnStaff = true }

func open(t *testing.T, asked audit.Trail, options ...option) *room {
	t.Helper()
	keys, err := protect.CreateKeys(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	r := &room{looks: new(looks), mux: http.NewServeMux(), who: auditor()}
	if r.protector, err = protect.NewProtector(keys, protect.Encrypted); err != nil {
		t.Fatal(err)
	}
	b, err := written()
	if err != nil {
		t.Fatal(err)
	}
	rev, err := revision()
	if err != nil {
		t.Fatal(err)
	}
	cfg := trail.Config{
		Revision: rev, Trail: asked, Recorder: r.looks, Protector: r.protector, Book: b, Sources: sources,
		Reach: trail.Reach{Region: []nhs.ODSCode{code("X26")}, RegionRoles: []nhs.RoleCode{role("R0001")}},
		Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	for _, o := range options {
		o(&cfg)
	}
	opened, err := trail.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	opened.Mount(func(pattern string, h page.Handler) {
		method, path, _ := strings.Cut(pattern, " ")
		r.mux.HandleFunc(method+" /console"+path, func(w http.ResponseWriter, req *http.Request) {
			if r.sent != nil {
				w = r.sent(w)
			}
			h(w, req, r.who)
		})
	})
	return r
}

func code(text string) nhs.ODSCode {
	c, err := nhs.ParseODSCode(text)
	if err != nil {
		panic(err)
	}
	return c
}

func role(text string) nhs.RoleCode {
	c, err := nhs.ParseRoleCode(text)
	if err != nil {
		panic(err)
	}
	return c
}

func person(org string) *page.Person {
	return &page.Person{CSRF: "c5", Areas: page.Areas{Trail: true}, Subject: access.Subject{
		UserID: "555009000100", Name: "Olive Officer", Role: role("R0001"), RoleName: "Privacy Officer", Organisation: code(org), OrgName: "Organisation " + org,
		Client: "console", TokenID: "t1", Issuer: "https://issuer.example", Assurance: "AAL3",
	}}
}

func auditor() *page.Person { return person("X26") }

// ask sends a request as a browser would and gives status and body.
func (r *room) ask(t *testing.T, method, target string, form url.Values) (int, http.Header, string) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequest(method, target, body)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	return w.Code, w.Header(), w.Body.String()
}

func (r *room) get(t *testing.T, target string) (int, string) {
	t.Helper()
	status, _, body := r.ask(t, http.MethodGet, target, nil)
	return status, body
}

func (r *room) post(t *testing.T, target string, fields ...string) (int, string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	status, _, body := r.ask(t, http.MethodPost, target, form)
	return status, body
}

// deliver puts records into a store as one chain.
func deliver(t *testing.T, s audit.Store, records ...*audit.Record) {
	t.Helper()
	if err := s.Deliver(t.Context(), trailtest.Batch(t, "region-1", trailtest.Chain(records...))); err != nil {
		t.Fatal(err)
	}
}

// patients have real numbers, which start with 999.
var patients = []string{"9990000018", "9990000026", "9990000034"}

func number(t testing.TB, text string) nhs.Number {
	n, err := nhs.ParseNumber(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// region makes 120 records of every kind about three organisations' data, by
// staff of all three. Each has an id and a trace that nothing else has.
func region(t testing.TB, p *protect.Protector) []*audit.Record {
	orgs := []struct{ source, org, name string }{
		{"gp-riverside", "Z91001", "Riverside Surgery"}, {"acute-st-aldhelm", "RZ1", "St Aldhelm's Hospitals"}, {"acute-northmoor", "RZ2", "Northmoor General Hospital"},
	}
	records := make([]*audit.Record, 120)
	for i := range records {
		at, by := orgs[i%3], orgs[(i/3+i/9)%3]
		n := number(t, patients[i%7%3])
		r := &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("01a20784-f1c7-7e2a-9324-%012d", i), Broker: "region-1",
			TimeIn: begin.Add(time.Duration(i) * 47 * time.Minute), TraceID: fmt.Sprintf("4bf92f3577b34da6a3ce92%010x", i), Status: 200, Outcome: audit.Released,
			UserID: fmt.Sprintf("5550010001%02d", i%5), UserName: fmt.Sprintf("Dr Number %d", i%5), RoleCode: "R0260", RoleName: "General Medical Practitioner",
			UserOrg: by.org, UserOrgName: by.name, Source: at.source, SourceOrg: at.org, Revision: "local-1",
			PatientHMAC: p.HMAC(n), PatientShown: p.Shown(n), Action: "view", Interaction: "search-type", ResourceType: "MedicationRequest",
			Effect: "permit", Reasons: []string{"permission-to-view"}, Rules: []string{"permission"}, Categories: map[string]int{"medications": 3},
			Types: map[string]int{"MedicationRequest": 3},
		}
		switch i % 8 {
		case 1:
			r.Outcome, r.Effect, r.Status, r.Reasons, r.Categories, r.Types = audit.Refused, "deny", 403, []string{"permission-needed", "category-not-routine"}, nil, nil
			r.Rules = []string{"permission", "routine_gp"}
		case 2:
			r.Outcome, r.Reasons, r.Rules, r.Categories, r.Types = audit.Failed, []string{"source-unavailable"}, nil, nil, nil
		case 3:
			r.Action, r.ResourceType, r.Reasons, r.Rules, r.Categories = "record-permission", "Consent", []string{"active-care-relationship"}, []string{"relationship"}, nil
		case 4:
			r.Withheld = map[string]int{"label-withheld": 2}
		case 5:
			r.Action, r.ResourceType, r.Reasons, r.Rules, r.Categories = "record-refusal", "Consent", []string{"active-care-relationship"}, []string{"relationship"}, nil
		case 6:
			r.Action, r.Alert, r.Emergency, r.EmergencyReason, r.Categories = "declare-emergency", true, "em-1", "life-threatening: collapsed", nil
		case 7:
			r.RoleCode, r.RoleName, r.UserID, r.UserName, r.UserOrg, r.UserOrgName = "", "", "", "", "", ""
			r.Outcome, r.Action, r.Reasons, r.Rules, r.Categories, r.Types, r.PatientHMAC, r.PatientShown = audit.Refused, "", []string{"token-missing"}, nil, nil, nil, "", ""
		}
		r.TimeOut = r.TimeIn.Add(12 * time.Millisecond)
		records[i] = r
	}
	return records
}

var errAway = errors.New("connection refused")
