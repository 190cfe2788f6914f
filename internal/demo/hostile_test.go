package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/upstreams/reach"
)

// mayLeave are the only header fields of an answer.
var mayLeave = []string{"Content-Type", "Cache-Control", "X-Content-Type-Options", "X-Request-Id", "X-Record-Id", "Mcr-Grounds", "Content-Length", "Date", "Retry-After",
	"Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options"}

// told is one answer of the broker in front of the hostile source.
type told struct {
	status int
	id     string
	body   []byte
	faults []string
}

// asker asks the broker in front of the hostile source, as one professional.
type asker struct {
	hostile demo.DescribedHostile
	inside  string // where the source itself is
	token   string
}

// ask asks, and judges what must hold of every answer.
func (a asker) ask(ctx context.Context, address string) (got told) {
	fault := func(format string, args ...any) {
		got.faults = append(got.faults, address+": "+fmt.Sprintf(format, args...))
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		fault("an informational answer left: %d %v", code, header)
		return nil
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		fault("%v", err)
		return got
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	resp, err := asking.Do(req)
	if err != nil {
		fault("no answer: %v", err)
		return got
	}
	defer resp.Body.Close()
	got.status, got.id = resp.StatusCode, resp.Header.Get("X-Record-Id")
	if got.body, err = io.ReadAll(resp.Body); err != nil {
		fault("the answer broke off: %v", err)
	}
	for name := range resp.Header {
		if !slices.Contains(mayLeave, name) {
			fault("the header field %s left", name)
		}
	}
	all := fmt.Sprint(resp.Header, resp.Trailer, resp.Status) + string(got.body)
	for _, never := range []string{a.hostile.Marks[1], a.hostile.Other, a.inside} {
		for _, read := range []string{all, strings.ReplaceAll(all, "\x00", ""), decoded(got.body)} {
			if strings.Contains(strings.ToUpper(read), strings.ToUpper(never)) {
				fault("%s left: %d %.600q", never, got.status, read)
				break
			}
		}
	}
	if len(resp.Trailer) > 0 || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Content-Type") != "application/fhir+json; charset=utf-8" {
		fault("%v, with trailer %v", resp.Header, resp.Trailer)
	}
	var read struct{ ResourceType string }
	if err := json.Unmarshal(got.body, &read); err != nil {
		fault("%v: %.300q", err, got.body)
	}
	switch got.status {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusForbidden, http.StatusConflict:
		if read.ResourceType != "OperationOutcome" || bytes.Contains(got.body, []byte(a.hostile.Marks[0])) {
			fault("%d with %.300q", got.status, got.body)
		}
	default:
		fault("status %d: %.300q", got.status, got.body)
	}
	return got
}

var asking = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       2 * time.Minute,
}

// decoded is a JSON text with its escapes read.
func decoded(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	return fmt.Sprint(v)
}

// questions are what is asked of one behaviour.
func (a asker) questions(name string) []string {
	search := a.hostile.FHIR + "/Observation?" + url.Values{"patient": {"a"}, "code": {a.hostile.System + "|" + name}}.Encode()
	read := a.hostile.FHIR + "/Observation/" + name
	if strings.HasPrefix(name, "json-") {
		return []string{search, read}
	}
	return []string{search, read, read + "/_history", read + "/_history/1", a.hostile.FHIR + "/Patient/" + name, a.hostile.FHIR + "/Observation?patient=" + name}
}

// hostileBroker starts a region for the tests of its hostile source.
func hostileBroker(t *testing.T) (asker, string) {
	t.Helper()
	data := t.TempDir()
	region := another(t)
	d := bringUp(t, region, data, "walking off") // hundreds of ids of nobody are asked for
	text, err := region.Caddyfile(demo.CaddyfileOptions{Listen: "127.0.0.1:1", Data: data})
	if err != nil {
		t.Fatal(err)
	}
	_, inside, _ := strings.Cut(text, "path /hostile/fhir\n\t\t\tbase_url http://")
	inside, _, _ = strings.Cut(inside, "/fhir\n")
	if inside == "" {
		t.Fatal("the hostile source is not found")
	}
	a := asker{d.Hostile, inside, bearer(t, d, "consultant")}
	a.permission(t, d)
	return a, data
}

// permission records that A agrees to be seen by the consultant: of all that a
// professional may be shown elsewhere, most is open so.
func (a asker) permission(t *testing.T, d demo.Description) {
	t.Helper()
	identified := func(system, value string) map[string]any {
		return map[string]any{"identifier": map[string]any{"system": system, "value": value}}
	}
	coded := func(system, code string) map[string]any {
		return map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}
	}
	i := slices.IndexFunc(d.Cast, func(m demo.DescribedMember) bool { return m.ID == "consultant" })
	body, err := json.Marshal(map[string]any{
		"resourceType": "Consent", "status": "active", "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
		"category":     []any{coded("https://mycarerecord.example/fhir/CodeSystem/consent-category", "permission-to-view")},
		"patient":      identified("https://fhir.nhs.uk/Id/nhs-number", a.hostile.Patient),
		"performer":    []any{identified("https://fhir.nhs.uk/Id/sds-user-id", people.UserID("acute-st-aldhelm", 0))},
		"organization": []any{identified("https://fhir.nhs.uk/Id/ods-organization-code", d.Cast[i].Organisation)},
		"extension":    []any{map[string]any{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "in-person"}},
		"provision":    map[string]any{"type": "permit", "period": map[string]any{"end": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	answered(t, http.MethodPost, a.hostile.FHIR+"/Consent", a.token, string(body), http.StatusCreated, nil)
}

// Every behaviour, asked in every way: nothing of the other patient leaves, the answer is
// one that may be, each has its record, and the next honest question is answered.
func TestAttack300NothingOfAHostileSourceGetsThrough(t *testing.T) {
	spoken, usual := new(heard.Text), log.Writer()
	log.SetOutput(spoken)
	defer log.SetOutput(usual)
	a, data := hostileBroker(t)
	honest := a.questions("honest")
	shows := func(address string) error {
		got := a.ask(t.Context(), address)
		if got.status != http.StatusOK || !bytes.Contains(got.body, []byte(a.hostile.Marks[0])) || got.faults != nil {
			return fmt.Errorf("%s: %d %s %v", address, got.status, got.body, got.faults)
		}
		return nil
	}
	for _, address := range honest[:2] { // the way is open: what is held back is held back by the broker
		if err := shows(address); err != nil {
			t.Fatal(err)
		}
	}
	var (
		mu   sync.Mutex
		ids  []string
		wait sync.WaitGroup
		by   = map[int]int{}
	)
	places := make(chan struct{}, 24)
	for _, one := range a.hostile.Behaviours {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			for _, address := range a.questions(one.Name) {
				for n := 0; address != "" && n < 3; n++ {
					got := a.ask(t.Context(), address)
					mu.Lock()
					ids, by[got.status] = append(ids, got.id), by[got.status]+1
					mu.Unlock()
					for _, fault := range got.faults {
						t.Errorf("%s (%s): %s", one.Name, one.Title, fault)
					}
					address = nextOf(got.body)
				}
			}
			if err := shows(honest[0]); err != nil {
				t.Errorf("after %s: %v", one.Name, err)
			}
		})
	}
	wait.Wait()
	t.Logf("%d behaviours, %d answers by status: %v", len(a.hostile.Behaviours), len(ids), by)
	if by[http.StatusOK] < 100 || by[http.StatusBadGateway] < 100 || by[http.StatusNotFound] < 100 {
		t.Errorf("answers by status: %v; so few of a kind that something else was tried than was meant", by)
	}
	recorded(t, data, ids)
	suiteIsReadAlike(t, a)
	if lines := spoken.String(); strings.Contains(lines, "HOSTILE-MARK") || strings.Contains(lines, "resourceType") {
		t.Errorf("of what came unasked nothing is to be logged: %.2000s", lines)
	}
	if unaskedTotal(t) < 20 {
		t.Error("what came unasked is not counted")
	}
}

// unaskedTotal is how often the hostile source sent what nobody asked for.
func unaskedTotal(t *testing.T) (n float64) {
	t.Helper()
	all := prometheus.NewRegistry()
	for _, c := range reach.Collectors(func() []*reach.Addresses { return nil }) {
		all.MustRegister(c)
	}
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "mcr_source_unasked_total" && m.GetLabel()[0].GetValue() == "hostile" {
				n = m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// recorded sees that each of these requests left a record, of the hostile source.
func recorded(t *testing.T, data string, ids []string) {
	t.Helper()
	trail := openTrail(t, data).(sqliteTrail)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for _, id := range ids {
		for {
			rec, err := trail.Show(ctx, id, audit.Scope{})
			if err == nil && rec != nil {
				if rec.Source != "hostile" || rec.Status == 0 {
					t.Errorf("%s is recorded as %+v", id, rec)
				}
				break
			}
			select {
			case <-ctx.Done():
				t.Fatalf("%q has no record: %v", id, errors.Join(err, ctx.Err()))
			case <-tick.C:
			}
		}
	}
}

// nextOf is the address of the next page in an answer.
func nextOf(body []byte) string {
	var bundle struct {
		Link []struct{ Relation, URL string }
	}
	_ = json.Unmarshal(body, &bundle)
	for _, link := range bundle.Link {
		if link.Relation == "next" {
			return link.URL
		}
	}
	return ""
}

// The region's own record stays clean: the collector and the console do not know the
// source that lies.
func TestTheHostileSourceIsNoneOfTheRegion(t *testing.T) {
	r := start(t)
	for _, s := range r.Sources() {
		if s.ID == "hostile" {
			t.Error("it is among the region's sources")
		}
	}
	d := r.Describe("http://127.0.0.1:8080")
	if slices.ContainsFunc(d.Sources, func(s demo.DescribedSource) bool { return strings.Contains(s.FHIR, "hostile") }) {
		t.Error("it is described among the region's sources")
	}
	if d.Hostile.Patient == "" || d.Hostile.Other == "" || d.Hostile.Patient == d.Hostile.Other || len(d.Hostile.Behaviours) == 0 {
		t.Errorf("%+v", d.Hostile)
	}
}
