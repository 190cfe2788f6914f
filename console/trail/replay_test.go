package trail_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// tried is a room with a draft of the policies that shows a permitted consultant nothing, and a
// trail with ninety of their requests at three sources.
func tried(t *testing.T, options ...option) *room {
	t.Helper()
	store := openSQLite(t)
	draft := policytest.Changed(t, "rules/permission/permission.rego", policytest.Replace("some p, _ in usable\n\tsome r in relationship.active", "some p, _ in usable\n\tsome r in relationship.active\n\tinput.time < 0"))
	shipped, err := revision()
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, store, append([]option{func(cfg *trail.Config) {
		cfg.Draft = func() (fs.FS, error) { return draft, nil }
		cfg.DecidedBy = func(_ context.Context, by decision.DecidedBy) *decision.Revision {
			if by.Digest == shipped.Digest() {
				return shipped
			}
			return nil
		}
	}}, options...)...)
	r.who.Areas.Rules = true
	d := decision.NewEngine(shipped).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Permit {
		t.Fatal(d.Reasons)
	}
	records := region(t, r.protector)[:90]
	for _, rec := range records {
		rec.Effect, rec.Rules, rec.Revision, rec.Digest, rec.Alert, rec.Input = string(d.Effect), d.Rules, d.Revision, d.Digest, d.Alert, d.Input
		rec.Action, rec.Reasons = "view", nil
		for _, reason := range d.Reasons {
			rec.Reasons = append(rec.Reasons, reason.Code)
		}
	}
	deliver(t, store, records...)
	return r
}

// try has the draft tried, and gives the page that says what came of it.
func (r *room) try(t *testing.T, days ...string) string {
	t.Helper()
	status, head, body := r.ask(t, http.MethodPost, "/console/trail/replay", map[string][]string{"from": {days[0]}, "to": {days[1]}})
	if status != http.StatusSeeOther {
		t.Fatalf("%d: %s", status, body)
	}
	status, page := r.get(t, head.Get("Location"))
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, page)
	}
	return page
}

var numbersOfRecords = regexp.MustCompile(`href="(/console/trail/replay/records\?[^"]+)">([\d,]+)`)

func TestADraftIsTriedOnRequestsAndEachNumberLeadsToThem(t *testing.T) {
	r := tried(t)
	if _, body := r.get(t, "/console/trail/replay"); !strings.Contains(body, "have not been tried yet") {
		t.Error(body)
	}
	body := r.try(t, "2026-03-01", "2026-03-05")
	if !strings.Contains(body, ">90 of 90 requests</a> would be refused that were permitted") {
		t.Errorf("%s", body)
	}
	if l := r.looks.last(t); l.Query != "replay?from=2026-03-01&to=2026-03-05" || l.Types["AuditEvent"] != 90 || l.SourceOrg != "" {
		t.Errorf("the look: %+v", l)
	}
	followed := 0
	for _, m := range numbersOfRecords.FindAllStringSubmatch(body, -1) {
		status, list := r.get(t, strings.ReplaceAll(m[1], "&amp;", "&"))
		lines := strings.Count(list, `href="/console/trail/records/`)
		if status != http.StatusOK || fmt.Sprint(lines) != m[2] {
			t.Errorf("%s leads to %d records (%d)", m[0], lines, status)
		}
		followed++
	}
	if followed < 8 {
		t.Errorf("%d numbers lead somewhere", followed)
	}
	if l := r.looks.last(t); !strings.HasPrefix(l.Query, "replay/records?") || l.Types["AuditEvent"] == 0 {
		t.Errorf("the look at the list: %+v", l)
	}
	if before := r.looks.count(); before < 3+followed {
		t.Errorf("%d looks were recorded of %d pages", before, 3+followed)
	}
}

// Whoever sees a part of the trail has the draft tried on that part alone.
func TestADraftIsTriedOnThePartThatOneMaySee(t *testing.T) {
	r := tried(t)
	r.try(t, "2026-03-01", "2026-03-05") // by the region's auditor, and kept
	r.who = person("RZ1")
	r.who.Areas.Rules = true
	body := r.try(t, "2026-03-01", "2026-03-05")
	if !strings.Contains(body, ">30 of 30 requests</a>") {
		t.Error(body)
	}
	_, list := r.get(t, "/console/trail/replay/records?from=2026-03-01&to=2026-03-05&kind=refused")
	if n := strings.Count(list, `href="/console/trail/records/`); n != 30 || strings.Contains(list, "Riverside Surgery</td>") && strings.Contains(list, "at Riverside Surgery") {
		t.Errorf("%d records: %s", n, list)
	}
}

func TestADraftIsForThoseWhoKeepTheRules(t *testing.T) {
	r := tried(t)
	for name, who := range map[string]*page.Person{
		"an auditor": auditor(), "a rules officer who may not see the trail": func() *page.Person { p := auditor(); p.Areas = page.Areas{Rules: true}; return p }(),
	} {
		r.who = who
		for _, target := range []string{"/console/trail/replay", "/console/trail/replay/records?kind=refused"} {
			if status, body := r.get(t, target); status != http.StatusForbidden || strings.Contains(body, "would be refused that") {
				t.Errorf("%s: %s: %d", name, target, status)
			}
			if l := r.looks.last(t); l.Outcome != audit.Refused {
				t.Errorf("%s: the look: %+v", name, l)
			}
		}
		if status, _ := r.post(t, "/console/trail/replay", "from", "2026-03-01", "to", "2026-03-05"); status != http.StatusForbidden {
			t.Errorf("%s: began one: %d", name, status)
		}
	}
}

func TestWithoutADraftThePageSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		draft fs.FS
		err   error
		want  string
	}{
		"no folder":       {nil, nil, "There is no draft and no folder of policies"},
		"an unread draft": {nil, errors.New("reading the draft: it is cut off"), "it is cut off"},
		"a broken folder": {fstest.MapFS{"decision.rego": {Data: []byte("package mcr.decision\n\nimport rego.v2\n\noutcome := input.pateint\n")}}, nil, "There is no draft to try"},
	} {
		r := tried(t, func(cfg *trail.Config) { cfg.Draft = func() (fs.FS, error) { return c.draft, c.err } })
		if body := r.try(t, "2026-03-01", "2026-03-05"); !strings.Contains(body, c.want) {
			t.Errorf("%s: %s", name, body)
		}
	}
}

// What takes longer than a page may goes on by itself, and what fails is said and may be tried again.
func TestWhatIsBeingWorkedOutIsSaidAndGoesOn(t *testing.T) {
	gate := make(chan struct{})
	slow := &slowly{gate: gate}
	r := tried(t, func(cfg *trail.Config) {
		slow.Trail = cfg.Trail
		cfg.Trail, cfg.ReplayWaits = slow, time.Millisecond
	})
	body := r.try(t, "2026-03-01", "2026-03-05")
	if !strings.Contains(body, "It is being worked out") {
		t.Fatal(body)
	}
	close(gate)
	for range 5000 {
		if _, body = r.get(t, "/console/trail/replay?from=2026-03-01&to=2026-03-05"); !strings.Contains(body, "It is being worked out") {
			break
		}
	}
	if !strings.Contains(body, ">90 of 90 requests</a>") {
		t.Error(body)
	}
	slow.fail = true
	for range 5000 {
		if body = r.try(t, "2026-03-02", "2026-03-05"); !strings.Contains(body, "It is being worked out") {
			break
		}
	}
	if !strings.Contains(body, "Of a part of the requests nothing is said") || strings.Contains(body, errAway.Error()) {
		t.Error(body)
	}
}

// Whoever asks for day after day gets no more of the machine than the others: what waits is bounded, and
// who is turned away is told why.
func TestNotMoreDraftsAreTriedThanCanBeHeld(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := tried(t, func(cfg *trail.Config) {
		cfg.Trail, cfg.ReplayWaits, cfg.Lasts = &slowly{Trail: cfg.Trail, gate: make(chan struct{})}, time.Millisecond, ctx
	})
	for day := range 5 {
		status, body := r.post(t, "/console/trail/replay", "from", fmt.Sprintf("2026-02-%02d", day+1), "to", "2026-03-05")
		switch {
		case day < 4 && status != http.StatusSeeOther:
			t.Errorf("day %d: %d", day, status)
		case day == 4 && (status != http.StatusTooManyRequests || !strings.Contains(body, "are being tried already")):
			t.Errorf("the fifth: %d: %s", status, body)
		}
	}
	if l := r.looks.last(t); l.Outcome != audit.Refused || !slices.Contains(l.Reasons, "too-many-requests") {
		t.Errorf("the look: %+v", l)
	}
}

// A report holds what people did, some of which may be erased from the trail since.
func TestAReportIsNotShownForEver(t *testing.T) {
	later := time.Duration(0)
	r := tried(t, func(cfg *trail.Config) {
		was := cfg.Clock
		cfg.Clock = func() time.Time { return was().Add(later) }
	})
	r.try(t, "2026-03-01", "2026-03-05")
	const list = "/console/trail/replay/records?kind=refused&from=2026-03-01&to=2026-03-05"
	if status, _ := r.get(t, list); status != http.StatusOK {
		t.Errorf("at once: %d", status)
	}
	later = 12 * time.Hour
	if status, _ := r.get(t, list); status != http.StatusSeeOther {
		t.Errorf("in the evening: %d", status)
	}
	if _, body := r.get(t, "/console/trail/replay?from=2026-03-01&to=2026-03-05"); !strings.Contains(body, "have not been tried yet") {
		t.Error(body)
	}
}

// slowly is a trail that waits, or fails.
type slowly struct {
	audit.Trail
	gate chan struct{}
	fail bool
}

func (s *slowly) Documents(ctx context.Context, sc audit.Scope, f audit.Filter, before string) (audit.Documents, error) {
	select {
	case <-s.gate:
	case <-ctx.Done():
		return audit.Documents{}, ctx.Err()
	}
	if s.fail {
		return audit.Documents{}, errAway
	}
	return s.Trail.Documents(ctx, sc, f, before)
}
