package collect_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/token"
)

const (
	theNumber   = "9995650088"
	otherNumber = "9994134574"
	bearer      = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
)

// broker stands in for a source's broker: it answers searches from a list of
// resources, and remembers what it was asked.
type broker struct {
	id, base string
	records  []string                                          // resources, as JSON
	refuse   func(typ string, form url.Values) string          // a reason code, or ""
	answer   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	note     string                                            // the code of a note in every searchset
	pageSize int                                               // 0: one page

	mu   sync.Mutex
	seen []asked
}

// asked is one request as it came.
type asked struct {
	method, uri, typ string
	header           http.Header
	form             url.Values
}

func (b *broker) asked() []asked {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

func (b *broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	typ := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"+b.id+"/fhir/"), "/_search")
	b.mu.Lock()
	b.seen = append(b.seen, asked{r.Method, r.RequestURI, typ, r.Header.Clone(), form})
	b.mu.Unlock()
	if b.answer != nil && b.answer(w, r) {
		return
	}
	if b.refuse != nil {
		if code := b.refuse(typ, form); code != "" {
			refuse(w, http.StatusForbidden, code)
			return
		}
	}
	var held []string
	for _, record := range b.records {
		if typeOf(record) == typ {
			held = append(held, record)
		}
	}
	from := 0
	if page := r.URL.Query().Get("_page"); page != "" {
		fmt.Sscanf(page, "p%d", &from)
	}
	next := ""
	if until := from + b.pageSize; b.pageSize > 0 && until < len(held) {
		next = fmt.Sprintf("%s/%s?_page=p%d", b.base, typ, until)
		held = held[:until]
	}
	send(w, b.searchset(held[from:], next, b.note))
}

func (b *broker) searchset(records []string, next, note string) string {
	var entries []string
	for _, record := range records {
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}`,
			b.base, typeOf(record), idOf(record), record))
	}
	if note != "" {
		entries = append(entries, `{"resource":`+string(fhir.Outcome(note, "information", "Some information is not shown.", "", ""))+`,"search":{"mode":"outcome"}}`)
	}
	links := `{"relation":"self","url":"` + b.base + `/X"}`
	if next != "" {
		links += `,{"relation":"next","url":"` + next + `"}`
	}
	out := `{"resourceType":"Bundle","type":"searchset","link":[` + links + `]`
	if entries != nil {
		out += `,"entry":[` + strings.Join(entries, ",") + `]`
	}
	return out + `}`
}

func send(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	io.WriteString(w, body)
}

const aRecordID = "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"

// refuse answers as a broker refuses.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(fhir.Outcome(code, "error", "Text of "+code+".", "Remedy of "+code+".", aRecordID))
}

func typeOf(record string) string { return fieldOf(record, "resourceType") }
func idOf(record string) string   { return fieldOf(record, "id") }

func fieldOf(record, name string) string {
	var fields map[string]any
	if err := json.Unmarshal([]byte(record), &fields); err != nil {
		panic(err)
	}
	value, _ := fields[name].(string)
	return value
}

func patient(id string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"birthDate":"1958-02-11"}`, id, nhs.NumberSystem, theNumber)
}

func resource(typ, id, patient string) string {
	return fmt.Sprintf(`{"resourceType":%q,"id":%q,"subject":{"reference":"Patient/%s"}}`, typ, id, patient)
}

// region is some brokers, and a collector in front of them.
type region struct {
	*collect.Collector
	*desk
	brokers map[string]*broker
	log     *heard.Text
}

// someone is who asks, unless a test says otherwise.
var someone = access.Subject{UserID: "555012345678", Name: "KHAN, Amira", Client: "ward-app", TokenID: "t1", Issuer: "https://issuer.example", Purpose: "direct-care"}

// desk stands in for what a collector needs beside its sources: it says who a
// token is, and keeps the records of what is refused.
type desk struct {
	who   func(bearer string) (access.Subject, error) // nil: someone
	fails error                                       // of recording

	mu      sync.Mutex
	tokens  []string
	records []audit.Record
}

func (d *desk) Verify(_ context.Context, by *token.Presented) (access.Subject, error) {
	d.mu.Lock()
	d.tokens = append(d.tokens, by.Token)
	d.mu.Unlock()
	if !by.Onward {
		return access.Subject{}, errors.New("it is judged as if it stayed here, and is sent on")
	}
	if d.who == nil {
		return someone, nil
	}
	return d.who(by.Token)
}

func (d *desk) Append(ctx context.Context, rec *audit.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails != nil {
		return d.fails
	}
	d.records = append(d.records, *rec)
	return ctx.Err()
}

func (d *desk) kept() []audit.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.records)
}

func (d *desk) About(rec *audit.Record, n nhs.Number) {
	if !n.IsZero() {
		rec.PatientHMAC, rec.PatientShown = "hmac of "+n.String(), n.String()
	}
}

// inWords are the reasons of the shipped policies.
var inWords = sync.OnceValue(func() *decision.Engine {
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		panic(err)
	}
	return decision.NewEngine(rev)
})

// at gives a configuration its desk, where it has none.
func at(d *desk, cfg collect.Config) collect.Config {
	if cfg.Verifier == nil {
		cfg.Verifier = d
	}
	if cfg.Reasons == nil {
		cfg.Reasons = inWords()
	}
	if cfg.Recorder == nil {
		cfg.Recorder, cfg.Protector = d, d
	}
	return cfg
}

// newRegion starts a broker for each and a collector that asks them. Zero fields
// of cfg are filled in.
func newRegion(tb testing.TB, cfg collect.Config, brokers ...*broker) *region {
	tb.Helper()
	reg := &region{desk: &desk{}, brokers: map[string]*broker{}, log: new(heard.Text)}
	for i, b := range brokers {
		server := httptest.NewServer(b)
		tb.Cleanup(server.Close)
		b.base = server.URL + "/" + b.id + "/fhir"
		reg.brokers[b.id] = b
		cfg.Sources = append(cfg.Sources, source(tb, b, i))
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	tb.Cleanup(transport.CloseIdleConnections) // before the servers close
	if cfg.Client == nil {
		cfg.Client = &http.Client{Transport: transport}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(reg.log, nil))
	}
	var err error
	if reg.Collector, err = collect.New(at(reg.desk, cfg)); err != nil {
		tb.Fatal(err)
	}
	return reg
}

func source(tb testing.TB, b *broker, i int) collect.Source {
	tb.Helper()
	ods, err := nhs.ParseODSCode(fmt.Sprintf("Z%05d", i))
	if err != nil {
		tb.Fatal(err)
	}
	return collect.Source{ID: b.id, Name: "Source " + b.id, Organisation: ods, Kind: "gp", Telephone: "01632 960100", Broker: b.base}
}

func number(tb testing.TB, digits string) nhs.Number {
	tb.Helper()
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// whole asks for everything about the patient.
func (r *region) whole(tb testing.TB, categories ...string) map[string]collect.Part {
	tb.Helper()
	result := r.Collect(context.Background(), bearer, collect.Question{By: someone, Patient: number(tb, theNumber), Categories: categories}, nil)
	parts := map[string]collect.Part{}
	for _, part := range result.Parts {
		parts[part.Source.ID] = part
	}
	return parts
}

// names gives "Type/id" of each entry, "+" behind what is included.
func names(part collect.Part) []string {
	var out []string
	for _, e := range part.Entries {
		name := e.Type + "/" + e.ID
		if e.Included {
			name += "+"
		}
		out = append(out, name)
	}
	return out
}
