package collect_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/internal/brokers"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/token"
)

// whole is a collector in front of real brokers, which decide by the real
// policies, in front of the demo's twelve sources.
type whole struct {
	*brokers.Region
	collector *collect.Collector
	config    collect.Config
	started   *demo.Region
	described demo.Description
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func still() time.Time { return noon }

func newWhole(t *testing.T) *whole {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	started, err := demo.Start(ctx, demo.Options{Clock: still})
	if err != nil {
		t.Fatal(err)
	}
	opt := brokers.OfDemo(t, started)
	opt.Clock, opt.Decider = still, inWords()
	w := &whole{Region: brokers.Start(t, opt), started: started}
	w.config = collect.Config{
		Sources: w.Collected(started), Verifier: w.Verifier, Reasons: inWords(), Recorder: w.Journal, Protector: w.Protector,
		Within: time.Minute, InAll: time.Minute, // the machine may be busy
	}
	if w.collector, err = collect.New(w.config); err != nil {
		t.Fatal(err)
	}
	w.described = started.Describe(w.URL)
	return w
}

// token signs in as one of the cast.
func (w *whole) token(t *testing.T, who string) string {
	t.Helper()
	response, err := http.Post(w.started.Issuer()+"/cast/"+who+"/token", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	bearer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, err)
	}
	return strings.TrimSpace(string(bearer))
}

// patient is the number of the first patient with a flag.
func (w *whole) patient(t *testing.T, flag string) string {
	t.Helper()
	return brokers.Flagged(t, w.described, flag).NHSNumber
}

// collect asks as one of the cast about the first patient with a flag.
func (w *whole) collect(t *testing.T, who, flag string, categories ...string) collect.Result {
	t.Helper()
	bearer := w.token(t, who)
	by, err := w.Verifier.Verify(context.Background(), token.Bearer(bearer))
	if err != nil {
		t.Fatal(err)
	}
	q := collect.Question{By: by, Patient: number(t, w.patient(t, flag)), Categories: categories}
	return w.collector.Collect(context.Background(), bearer, q, nil)
}

// permit records, at one broker, that the patient said yes to one of the cast.
func (w *whole) permit(t *testing.T, who, flag string) {
	t.Helper()
	bearer := w.token(t, who)
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(bearer, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var person struct{ UID string }
	if err := json.Unmarshal(claims, &person); err != nil {
		t.Fatal(err)
	}
	organisation := ""
	for _, member := range w.described.Cast {
		if member.ID == who {
			organisation = member.Organisation
		}
	}
	body := fmt.Sprintf(`{"resourceType":"Consent","status":"active",
		"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"permission-to-view"}]}],
		"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}},
		"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":%q}}],
		"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":%q}}],
		"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],
		"provision":{"type":"permit"}}`, w.patient(t, flag), person.UID, organisation)
	r, err := http.NewRequest(http.MethodPost, w.collector.Sources()[0].Broker+"/Consent", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusCreated {
		t.Fatalf("recording the permission: %s: %s", response.Status, answer)
	}
}

// records are the records that the brokers wrote of one collection.
func (w *whole) records(t *testing.T, trace string) []audit.Record {
	t.Helper()
	return w.Records(t, func(r *audit.Record) bool { return r.TraceID == trace })
}

// The stories of the demo, through real brokers: what each member of the cast is
// told of each source, and that nothing is shown that a broker has not recorded
// as released in this collection.
func TestTheCastsStoriesThroughRealBrokers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a region")
	}
	w := newWhole(t)
	type told map[string]string // source → status and reason; "" for all others
	for _, story := range []struct {
		who, flag  string
		categories []string
		want       told
	}{
		{"own-gp", "own-record", nil, told{"gp-riverside": "complete", "acute-st-aldhelm": "some-information-withheld permission-needed", "": "no-record-here"}},
		{"own-gp", "every-source", nil, told{"gp-riverside": "complete", "": "some-information-withheld permission-needed"}},
		{"own-gp", "every-source", []string{"laboratory", "appointments"}, told{"": "complete"}},
		{"own-gp", "every-source", []string{"medications"}, told{"gp-riverside": "complete", "": "refused permission-needed"}},
		{"consultant", "permission", nil, told{"acute-st-aldhelm": "complete", "": "refused permission-needed"}},
		{"consultant", "relationship-ended", nil, told{"acute-st-aldhelm": "complete", "": "refused no-active-care-relationship"}},
		{"consultant", "opted-out", nil, told{"acute-st-aldhelm": "complete", "": "refused opted-out"}},
		{"laboratory-specialist", "test-order", nil, told{"acute-northmoor": "complete", "": "some-information-withheld permission-needed"}},
		{"laboratory-specialist", "test-order", []string{"medications", "conditions"}, told{"": "complete"}},
		{"privacy-officer", "permission", nil, told{"acute-st-aldhelm": "complete", "": "refused role-not-entitled"}},
		{"community-nurse", "superseded-number", nil, told{"community-wend-valley": "complete", "": "refused permission-needed"}},
	} {
		t.Run(story.who+" "+story.flag+" "+strings.Join(story.categories, " "), func(t *testing.T) {
			result := w.collect(t, story.who, story.flag, story.categories...)
			if len(result.Parts) != 12 {
				t.Errorf("%d sources, want all 12", len(result.Parts))
			}
			records := w.records(t, result.Trace)
			for _, part := range result.Parts {
				want, ok := story.want[part.Source.ID]
				if !ok {
					want = story.want[""]
				}
				if got := strings.TrimSpace(string(part.Status) + " " + part.Reason.Code); got != want {
					t.Errorf("%s: %s, want %s", part.Source.ID, got, want)
				}
				recorded(t, part, records)
				known := slices.ContainsFunc(part.Notes, func(n collect.Reason) bool { return n.Code == "known-by-another-number" })
				if known != (story.flag == "superseded-number" && part.Status == collect.Complete) {
					t.Errorf("%s: notes %v", part.Source.ID, part.Notes)
				}
			}
		})
	}
	// The patient says yes: what was refused is shown.
	w.permit(t, "consultant", "permission")
	for _, part := range w.collect(t, "consultant", "permission").Parts {
		if part.Status != collect.Complete && part.Status != collect.NoRecord && part.Status != collect.Withheld || part.Reason.Code != "" {
			t.Errorf("with permission: %s: %s %s", part.Source.ID, part.Status, part.Reason.Code)
		}
		if part.Source.ID == "gp-riverside" && len(part.Entries) < 5 {
			t.Errorf("with permission: %s shows %v", part.Source.ID, names(part))
		}
		if part.Unclear != nil || part.Partial != nil {
			t.Errorf("with permission: %s: not understood %v, in part %v", part.Source.ID, part.Unclear, part.Partial)
		}
		for _, kind := range []string{"CarePlan", "Communication", "Consent", "FamilyMemberHistory", "Flag", "List", "Task"} {
			if part.Source.ID == "gp-riverside" && !slices.ContainsFunc(part.Entries, func(e collect.Entry) bool { return e.Type == kind }) {
				t.Errorf("with permission: no %s of %s", kind, part.Source.ID)
			}
		}
	}

	// Results without a category come with their report, to whom may see such results.
	for _, part := range w.collect(t, "own-gp", "own-record", "laboratory").Parts {
		bare := 0
		for _, e := range part.Entries {
			if e.Type == "Observation" && !strings.Contains(string(e.Resource), `"category"`) {
				bare++
			}
		}
		if part.Source.ID == "acute-st-aldhelm" && (bare != 2 || part.Status != collect.Complete) {
			t.Errorf("%d results without a category came, %s: %v", bare, part.Status, names(part))
		}
	}

	// Whose token it was that has expired stands in the one record of its refusal.
	t.Run("a token that has expired", func(t *testing.T) {
		cfg, kept := w.config, &desk{}
		later := func() time.Time { return noon.Add(100 * time.Hour) }
		verifier, err := token.New(token.Config{
			Clock: later, Logger: slog.New(slog.DiscardHandler), Issuers: []token.Issuer{brokers.DemoIssuer(w.started)},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer verifier.Close()
		cfg.Verifier, cfg.Recorder = verifier, kept
		c, err := collect.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		answer := post(c, question(theNumber), map[string]string{"Authorization": "Bearer " + w.token(t, "own-gp")})
		if records := kept.kept(); answer.Code != 401 || len(records) != 1 || records[0].UserID == "" || records[0].UserOrg == "" {
			t.Errorf("%d, %+v", answer.Code, records)
		}
	})

	// A source that is down is seen to be; the others are as before.
	w.Stop("acute-st-aldhelm")
	for _, part := range w.collect(t, "own-gp", "every-source").Parts {
		want := collect.Withheld
		switch part.Source.ID {
		case "gp-riverside":
			want = collect.Complete
		case "acute-st-aldhelm":
			want = collect.Failed
		}
		if part.Status != want {
			t.Errorf("%s: %s, want %s", part.Source.ID, part.Status, want)
		}
	}
}

// recorded says that what is shown of a source is what its broker recorded as
// released.
func recorded(t *testing.T, part collect.Part, records []audit.Record) {
	t.Helper()
	var shown, released []string
	for _, e := range part.Entries {
		shown = append(shown, e.Type+"/"+e.ID)
	}
	asked := 0
	for _, rec := range records {
		if rec.Source != part.Source.ID {
			continue
		}
		asked++
		for _, reference := range rec.Resources {
			reference, _, _ = strings.Cut(reference, "/_history/")
			if part.Status != collect.Refused { // where a Patient may have come along that is not shown
				released = append(released, reference)
			}
		}
	}
	slices.Sort(shown)
	slices.Sort(released)
	if diff := cmp.Diff(slices.Compact(released), slices.Compact(shown)); diff != "" {
		t.Errorf("%s: released by the broker, and shown: %s", part.Source.ID, diff)
	}
	if asked == 0 {
		t.Errorf("%s: no record of this collection", part.Source.ID)
	}
}
