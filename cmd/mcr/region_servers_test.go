//go:build servers

package main_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/nhs"
)

// staleAfter is how long a broker goes by what it knows without hearing the registry: the default.
const staleAfter = 2 * time.Second

// sharers are brokers, each a process of its own with a data folder of its own, that share a registry
// in PostgreSQL: a primary, and a replica that streams from it.
type sharers struct {
	t        *testing.T
	server   *postgres.Server
	replica  *postgres.Server
	database string
	brokers  []*sharer
	load     *watch    // that is on it
	locks    *exec.Cmd // a session that has locked a table
}

// sharer is one of them, with its own wires to both servers.
type sharer struct {
	*site
	wires []*postgres.Link
	mu    sync.Mutex // of the site's tokens
}

// share makes them, with so many patients, each with a care relationship with RZ2. Patient i's permissions are
// recorded at broker i modulo the number of brokers.
func share(t *testing.T, brokers, patients int, options string) *sharers {
	t.Helper()
	r := &sharers{t: t}
	r.server = postgres.Start(t, "synchronous_commit=remote_apply")
	r.replica = r.server.Replica(t)
	database, owner, _ := sharedDatabase(t, r.server)
	r.database = database
	for range brokers {
		b := &sharer{wires: []*postgres.Link{postgres.NewLink(t, r.server.TCP()), postgres.NewLink(t, r.replica.TCP())}}
		address := brokersAddress("mcr", "MCR_REGISTRY_PASSWORD", b.wires[0].Addr()+","+b.wires[1].Addr(), database, "sslrootcert="+r.server.CA)
		b.site = newSite(t, sourceOf(patients), "registry "+address+options)
		b.elsewhere()
		r.brokers = append(r.brokers, b)
	}
	first := r.brokers[0]
	if out, err := first.run("registry", "migrate", "--registry", owner, "--grant", "mcr"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var care strings.Builder
	for i := range patients {
		fmt.Fprintf(&care, `{"resourceType":"EpisodeOfCare","id":"e%d","status":"active","patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%s"}}`+
			`,"managingOrganization":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}},"period":{"start":"2020-01-01"}}`+"\n", i, patientNumber(i).Digits())
	}
	write(t, filepath.Join(first.dir, "care.ndjson"), care.String())
	if out, err := first.run("registry", "import", "--registry", owner, "care.ndjson"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, b := range r.brokers {
		b.start()
	}
	return r
}

// elsewhere has it listen on a port that the kernel gives nobody by itself: until it starts, the others
// make many connections.
func (s *site) elsewhere() {
	s.t.Helper()
	port, err := servers.FreePort()
	if err != nil {
		s.t.Fatal(err)
	}
	file, at := filepath.Join(s.dir, "Caddyfile"), fmt.Sprintf("127.0.0.1:%d", port)
	write(s.t, file, strings.Replace(read(s.t, file), "http://"+s.listen+" {", "http://"+at+" {", 1))
	s.listen = at
}

// patientNumber gives the i-th NHS number of the range set aside for tests.
func patientNumber(i int) nhs.Number {
	for at := 7 * i; ; at++ {
		for check := range 10 {
			if n, err := nhs.ParseNumber(fmt.Sprintf("999%06d%d", at%1_000_000, check)); err == nil && at%7 < 6 {
				return n
			}
		}
	}
}

// sourceOf is a source with so many patients, each with one result.
func sourceOf(patients int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		var i int
		if n, _ := fmt.Sscanf(r.URL.Path, "/fhir/Patient/p%d", &i); n == 1 && i < patients {
			fmt.Fprintf(w, `{"resourceType":"Patient","id":"p%d","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%s"}]}`, i, patientNumber(i).Digits())
			return
		}
		if n, _ := fmt.Sscanf(r.URL.Query().Get("patient"), "p%d", &i); n != 1 {
			_, _ = fmt.Sscanf(r.URL.Query().Get("patient"), "Patient/p%d", &i)
		}
		fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"o%[1]d","status":"final",`+
			`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`+
			`"subject":{"reference":"Patient/p%[1]d"},"valueString":"x"}}]}`, i)
	})
}

// many keeps connections to several brokers open.
var many = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// answer is what a broker said.
type answer struct {
	sent, got time.Time
	status    int // 0: no answer
	reason    string
	text      string
	record    string
}

func (b *sharer) tokenOf(user, org string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.token(user, org)
}

// saying sends something as somebody.
func (b *sharer) saying(ctx context.Context, method, target, user, org, body string) (a answer) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+b.listen+target, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return a
	}
	r.Header.Set("Authorization", "Bearer "+b.tokenOf(user, org))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	a.sent = time.Now()
	resp, err := many.Do(r)
	a.got = time.Now()
	if err != nil {
		return a
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return a
	}
	a.got, a.status, a.text, a.record = time.Now(), resp.StatusCode, string(text), resp.Header.Get("X-Record-Id")
	if a.status >= http.StatusBadRequest {
		a.reason = reasonIn(text)
	}
	return a
}

func reasonIn(text []byte) string {
	var outcome struct {
		Issue []struct {
			Details struct {
				Coding []struct{ System, Code string }
			}
		}
	}
	_ = json.Unmarshal(text, &outcome)
	for _, i := range outcome.Issue {
		for _, c := range i.Details.Coding {
			if strings.HasSuffix(c.System, "/reason") {
				return c.Code
			}
		}
	}
	return ""
}

// asks asks for a patient's results.
func (b *sharer) asks(ctx context.Context, patient int, user, org string) answer {
	return b.saying(ctx, http.MethodGet, fmt.Sprintf("/fhir/Observation?patient=p%d", patient), user, org, "")
}

// permits records that a patient says yes to a professional of RZ2, and gives the permission's id.
func (b *sharer) permits(ctx context.Context, patient int, user string) (id string, a answer) {
	a = b.saying(ctx, http.MethodPost, "/fhir/Consent", user, "RZ2", consentOf(patient, user,
		`"status":"active","extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],"provision":{"type":"permit"}`))
	return permissionIn(a.text), a
}

func permissionIn(text string) string {
	var made struct{ ID string }
	_ = json.Unmarshal([]byte(text), &made)
	return made.ID
}

// withdraws records that the patient says no.
func (b *sharer) withdraws(ctx context.Context, patient int, user, id string) answer {
	return b.saying(ctx, http.MethodPost, "/fhir/Consent", user, "RZ2", consentOf(patient, user,
		`"status":"inactive","identifier":[{"system":"https://mycarerecord.example/fhir/Id/permission","value":"`+id+`"}]`))
}

func consentOf(patient int, user, more string) string {
	return `{"resourceType":"Consent",` + consentHead + `,"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + patientNumber(patient).Digits() + `"}}` +
		`,"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"permission-to-view"}]}]` +
		`,"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"` + user + `"}}]` +
		`,"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}}],` + more + `}`
}

// asked is a question and its answer; own: by the organisation whose record it is.
type asked struct {
	answer
	broker, patient int
	user            string
	own             bool
}

// said is a yes or a no, at one broker.
type said struct {
	answer
	broker, patient int
	user            string
	yes             bool
}

// watch is a region under load: patients say yes and no at one broker, and all others are asked.
type watch struct {
	r    *sharers
	stop context.CancelFunc
	load sync.WaitGroup

	mu    sync.Mutex
	asked []asked
	said  []said
	users []string  // who is asked about, by patient
	since time.Time // what was said before was lost, which was accepted
}

const (
	stands    = 700 * time.Millisecond            // how long a permission stands
	withdrawn = staleAfter + 700*time.Millisecond // and is withdrawn
	rest      = 50 * time.Millisecond
)

// watch begins the load.
func (r *sharers) watch(patients int) *watch {
	ctx, stop := context.WithCancel(context.Background())
	w := &watch{r: r, stop: stop, users: make([]string, patients)}
	for i := range patients {
		w.users[i] = fmt.Sprintf("u%d-%d-1", i, time.Now().UnixNano())
		w.load.Go(func() { w.speak(ctx, i) })
	}
	for j := range r.brokers {
		w.load.Go(func() { w.look(ctx, j, j+1, true) })
		for i := range patients {
			if i%len(r.brokers) != j { // whoever waits for the database holds nobody else up
				w.load.Go(func() { w.look(ctx, j, i, false) })
			}
		}
	}
	r.t.Cleanup(w.end)
	return w
}

func (w *watch) end() {
	w.stop()
	w.load.Wait()
}

func pauseFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// speak has one patient say yes and no in turn. Where it cannot be known what came of a yes or a no,
// it goes on with another professional, of whom everything is known.
func (w *watch) speak(ctx context.Context, patient int) {
	at := patient % len(w.r.brokers)
	b := w.r.brokers[at]
	for n := 2; ctx.Err() == nil; n++ {
		w.mu.Lock()
		user := w.users[patient]
		w.mu.Unlock()
		id, a := b.permits(ctx, patient, user)
		w.note(said{a, at, patient, user, true})
		if a.status == http.StatusCreated && pauseFor(ctx, stands) {
			for range 50 {
				a = b.withdraws(ctx, patient, user, id)
				w.note(said{a, at, patient, user, false})
				if a.status == http.StatusCreated || a.status/100 == 4 || !pauseFor(ctx, 4*rest) {
					break
				}
			}
			if a.status == http.StatusCreated {
				pauseFor(ctx, withdrawn)
				continue
			}
		}
		w.mu.Lock()
		w.users[patient] = user[:strings.LastIndex(user, "-")+1] + fmt.Sprint(n)
		w.mu.Unlock()
		pauseFor(ctx, 4*rest)
	}
}

func (w *watch) note(s said) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, s)
}

// look asks one broker about one patient again and again.
func (w *watch) look(ctx context.Context, at, patient int, own bool) {
	for pauseFor(ctx, rest) {
		w.mu.Lock()
		user, org := w.users[patient], "RZ2"
		w.mu.Unlock()
		if own {
			user, org = "u1", "RZ1"
		}
		a := w.r.brokers[at].asks(ctx, patient, user, org)
		if ctx.Err() != nil {
			return
		}
		w.mu.Lock()
		w.asked = append(w.asked, asked{a, at, patient, user, own})
		w.mu.Unlock()
	}
}

// accepted says that an operator accepted what was lost until now.
func (w *watch) accepted() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
}

// well waits until every broker has released and refused something since a moment.
func (w *watch) well(since time.Time) {
	w.r.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * time.Minute); ; <-tick.C {
		missing := w.without(since)
		if missing == "" {
			return
		}
		if time.Now().After(end) {
			for _, b := range w.r.brokers {
				_, text := b.ready()
				w.r.t.Logf("/readyz: %s", text)
			}
			w.r.t.Fatalf("after two minutes: %s", missing)
		}
	}
}

func (w *watch) without(since time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for at := range w.r.brokers {
		had := map[int]bool{}
		for _, a := range w.asked {
			if a.broker == at && !a.own && a.sent.After(since) {
				had[a.status] = true
			}
		}
		if !had[http.StatusOK] || !had[http.StatusForbidden] {
			return fmt.Sprintf("broker %d has answered only %v", at, had)
		}
	}
	return ""
}

// told is what brokers answered from one moment to another.
type told struct {
	released, refused, unavailable, other int // to professionals of another organisation
	against                               int // released against a no that was recorded longer than stale_after before
	own, ownOther                         int // an organisation's own records: as ever, or not
	recorded, notRecorded                 int // what patients said
	others                                map[string]int
	seen                                  []time.Duration // by broker: until it said that facts are unavailable; -1: it did not
}

// between counts.
func (w *watch) between(from, to time.Time) (c told) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.others = map[string]int{}
	c.seen = slices.Repeat([]time.Duration{-1}, len(w.r.brokers))
	for _, s := range w.said {
		if s.sent.Before(from) || s.sent.After(to) {
			continue
		}
		if s.status == http.StatusCreated {
			c.recorded++
		} else {
			c.notRecorded++
			c.others[fmt.Sprintf("recording: %d %s", s.status, s.reason)]++
		}
	}
	for _, a := range w.asked {
		if a.sent.Before(from) || a.sent.After(to) {
			continue
		}
		switch {
		case a.own && a.status == http.StatusOK:
			c.own++
		case a.own:
			c.ownOther++
			c.others[fmt.Sprintf("own: %d %s", a.status, a.reason)]++
		case a.status == http.StatusOK:
			c.released++
			if w.isAgainst(a) {
				c.against++
			}
		case a.status == http.StatusForbidden:
			c.refused++
		case a.status == http.StatusServiceUnavailable && a.reason == "facts-unavailable":
			c.unavailable++
			if late := a.got.Sub(from); c.seen[a.broker] < 0 {
				c.seen[a.broker] = late
			}
		default:
			c.other++
			c.others[fmt.Sprintf("%d %s", a.status, a.reason)]++
		}
	}
	return c
}

// answersAgain is how long after a moment the last broker answered somebody by what it knows.
func (w *watch) answersAgain(since time.Time) (latest time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	had := map[int]bool{}
	for _, a := range w.asked {
		if !a.own && !had[a.broker] && a.sent.After(since) && (a.status == http.StatusOK || a.status == http.StatusForbidden) {
			had[a.broker] = true
			latest = max(latest, a.got.Sub(since))
		}
	}
	return latest
}

// isAgainst is whether an answer was released against a no: it was asked for later than stale_after
// after the no was confirmed, and answered before another yes was sent. Whatever a machine's speed, a
// broker that released it went by what it had no right to believe.
func (w *watch) isAgainst(a asked) bool {
	var no *said
	for i, s := range w.said {
		if s.patient != a.patient || s.user != a.user || s.sent.Before(w.since) {
			continue
		}
		switch {
		case s.yes && s.sent.Before(a.got):
			no = nil
		case !s.yes && s.status == http.StatusCreated && s.got.Add(staleAfter).Before(a.sent):
			no = &w.said[i]
		}
	}
	return no != nil
}

func (c told) String() string {
	text := fmt.Sprintf("released %d, refused for the no %d, facts unavailable %d, **released against a no %d**; own records %d of %d; recorded %d, not recorded %d",
		c.released, c.refused, c.unavailable, c.against, c.own, c.own+c.ownOther, c.recorded, c.notRecorded)
	for _, kind := range slices.Sorted(maps.Keys(c.others)) {
		if !strings.HasPrefix(kind, "recording: 503") {
			text += fmt.Sprintf("; %s: %d", kind, c.others[kind])
		}
	}
	return text
}

// latest is the longest until a broker saw it.
func (c told) latest() time.Duration { return slices.MaxFunc(c.seen, cmp.Compare[time.Duration]) }
