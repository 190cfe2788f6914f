package collect_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/token"
)

// Whoever has no good token costs the brokers nothing: not one of them is asked,
// where each would have recorded a refusal of its own.
func TestABadTokenReachesNoBroker(t *testing.T) {
	for name, test := range map[string]struct {
		err       error
		status    int
		code      string
		challenge string
		outcome   audit.Outcome
	}{
		"not accepted": {fmt.Errorf("verifying: %w", access.ErrUnauthenticated), 401, "token-not-accepted", `Bearer realm="mcr", error="invalid_token"`, audit.Refused},
		"bound to its sender": {fmt.Errorf("verifying: %w", token.ErrOnward), 401, "token-bound-to-sender",
			`Bearer realm="mcr", error="invalid_token", error_description="A token that is bound to its sender cannot be sent on."`, audit.Refused},
		"incomplete":        {fmt.Errorf("verifying: %w", access.ErrIncompleteIdentity), 403, "identity-incomplete", "", audit.Refused},
		"no keys":           {fmt.Errorf("verifying: %w", access.ErrVerifierUnavailable), 503, "token-service-unavailable", "", audit.Failed},
		"whatever it is":    {errors.New("of patient " + theNumber), 503, "token-service-unavailable", "", audit.Failed},
		"somebody nameless": {nil, 403, "identity-incomplete", "", audit.Refused},
	} {
		for _, accept := range []string{"application/fhir+json", "text/event-stream"} {
			b := &broker{id: "a", records: record}
			reg := newRegion(t, collect.Config{}, b)
			reg.who = func(string) (access.Subject, error) { return access.Subject{}, test.err }
			w := post(reg, question(theNumber), map[string]string{"Accept": accept})
			if got := codeOf(t, w.Body.Bytes()); w.Code != test.status || got != test.code || w.Header().Get("WWW-Authenticate") != test.challenge {
				t.Errorf("%s: %d %s, challenge %q", name, w.Code, got, w.Header().Get("WWW-Authenticate"))
			}
			if n := len(b.asked()); n > 0 {
				t.Errorf("%s: a broker was asked %d times", name, n)
			}
			safe(t, w.Header())
			kept := reg.kept()
			want := []audit.Record{{
				Schema: audit.SchemaVersion, Outcome: test.outcome, Status: test.status, Reasons: []string{test.code}, ClientIP: "192.0.2.1",
				Source: "collector", Action: "view", Interaction: "operation", Query: "Patient/$collect",
			}}
			if diff := cmp.Diff(want, kept, theRecordsOwn); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if len(kept) == 1 && (w.Header().Get("X-Record-Id") != kept[0].ID || !strings.Contains(w.Body.String(), "Record "+kept[0].ID+".")) {
				t.Errorf("%s: the answer does not name its record: %v %s", name, w.Header(), w.Body)
			}
		}
	}
}

// theRecordsOwn are what no two records have alike.
var theRecordsOwn = cmpopts.IgnoreFields(audit.Record{}, "ID", "TimeIn", "TimeOut", "TraceID")

// The token is judged as it came, once, and before the body is read.
func TestTheTokenIsVerifiedFirst(t *testing.T) {
	reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
	if w := post(reg, question(theNumber), nil); w.Code != 200 {
		t.Fatalf("got %d", w.Code)
	}
	if diff := cmp.Diff([]string{bearer}, reg.tokens); diff != "" {
		t.Error(diff)
	}
	reg.who = func(string) (access.Subject, error) { return access.Subject{}, access.ErrUnauthenticated }
	r := httptest.NewRequest(http.MethodPost, "/fhir/Patient/$collect", unreadable{t})
	r.Header.Set("Authorization", "Bearer "+bearer)
	w := httptest.NewRecorder()
	reg.ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("got %d", w.Code)
	}
	// What is wrong with a request is told to nobody who has not said who they are.
	r = httptest.NewRequest(http.MethodGet, "/fhir/Patient/"+theNumber, nil)
	r.Header.Set("Authorization", "Bearer "+bearer)
	w = httptest.NewRecorder()
	reg.ServeHTTP(w, r)
	if kept := reg.kept(); w.Code != 401 || len(kept) != 2 || kept[1].Action != "" || kept[1].Query != "" {
		t.Errorf("got %d, %+v", w.Code, kept)
	}
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, errors.New("not to be read")
}

// Whatever the collector itself refuses leaves one record, with who asked, and of
// the patient nothing that reads as the number.
func TestEveryRefusalIsRecorded(t *testing.T) {
	view := audit.Record{Action: "view", Interaction: "operation", Query: "Patient/$collect"}
	about := view
	about.PatientHMAC, about.PatientShown = "hmac of 999*****88", "999*****88"
	for name, test := range map[string]struct {
		body   string
		header map[string]string
		status int
		code   string
		want   audit.Record
	}{
		"a body that is none":   {"identifier=" + theNumber, nil, 400, "body-not-understood", audit.Record{}},
		"no patient":            {`{"resourceType":"Parameters","parameter":[]}`, nil, 400, "patient-not-named", audit.Record{}},
		"a form":                {"", map[string]string{"Content-Type": "text/plain"}, 415, "content-type-not-accepted", audit.Record{}},
		"no form will do":       {question(theNumber), map[string]string{"Accept": "image/png"}, 406, "format-not-offered", audit.Record{}},
		"a token, but nobody's": {question(theNumber), map[string]string{"Authorization": "Basic " + theNumber}, 401, "token-not-accepted", view},
		"no token":              {question(theNumber), map[string]string{"Authorization": ""}, 401, "token-missing", view},
		"too many":              {question(theNumber), nil, 429, "too-many-requests", about},
		"too many of a part":    {question(theNumber, `{"name":"category","valueCode":"imaging"}`, `{"name":"category","valueCode":"laboratory"}`), nil, 429, "too-many-requests", about},
	} {
		t.Run(name, func(t *testing.T) {
			inside, leave := make(chan struct{}), make(chan struct{})
			reg := newRegion(t, collect.Config{EachPerson: 1}, &broker{id: "a", answer: held(inside, leave)})
			done := make(chan struct{})
			go func() { defer close(done); reg.whole(t) }()
			<-inside
			header := map[string]string{"User-Agent": "ward-app " + theNumber, "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
			for name, value := range test.header {
				header[name] = value
			}
			w := post(reg, test.body, header)
			close(leave)
			<-done
			want := test.want
			want.Schema, want.Outcome, want.Status, want.Reasons = audit.SchemaVersion, audit.Refused, test.status, []string{test.code}
			want.Source, want.ClientIP, want.UserAgent = "collector", "192.0.2.1", "ward-app nhs-number"
			want.TraceID = "4bf92f3577b34da6a3ce929d0e0e4736"
			if w.Code != 401 {
				want.UserID, want.UserName, want.Client, want.TokenID = someone.UserID, someone.Name, someone.Client, someone.TokenID
				want.Issuer, want.Purpose = someone.Issuer, someone.Purpose
			}
			if strings.Contains(test.body, "imaging") {
				want.Query += "?category=imaging&category=laboratory"
			}
			kept := reg.kept()
			if diff := cmp.Diff([]audit.Record{want}, kept, cmpopts.IgnoreFields(audit.Record{}, "ID", "TimeIn", "TimeOut")); diff != "" {
				t.Fatal(diff)
			}
			if text := string(audit.AppendJSON(nil, &kept[0])); strings.Contains(text, theNumber) || strings.Contains(text, bearer) {
				t.Errorf("the number or the token stands in %s", text)
			}
			if kept[0].ID == "" || kept[0].TimeIn.IsZero() || kept[0].TimeOut.Before(kept[0].TimeIn) {
				t.Errorf("%+v", kept[0])
			}
		})
	}
}

// held answers when it is let.
func held(inside chan<- struct{}, leave <-chan struct{}) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		inside <- struct{}{}
		<-leave
		refuse(w, 403, "opted-out")
		return true
	}
}

// What the sources' brokers answer is recorded by them, and by nobody twice.
func TestACollectionLeavesNoRecordOfItsOwn(t *testing.T) {
	reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record}, &broker{id: "b", refuse: always("opted-out")})
	for _, accept := range []string{"application/fhir+json", "application/x-ndjson"} {
		if w := post(reg, question(theNumber), map[string]string{"Accept": accept}); w.Code != 200 {
			t.Fatalf("got %d", w.Code)
		}
	}
	reg.whole(t)
	if kept := reg.kept(); len(kept) > 0 {
		t.Errorf("%d records: %+v", len(kept), kept)
	}
}

// written notes when the first byte left.
type written struct {
	*httptest.ResponseRecorder
	first func()
}

func (w written) WriteHeader(status int) {
	w.first()
	w.ResponseRecorder.WriteHeader(status)
}

// The record is durable before the first byte leaves, and whoever hangs up does
// not keep it out of the trail.
func TestARefusalIsRecordedFirst(t *testing.T) {
	reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/fhir/Patient/$collect", strings.NewReader(""))
	r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}}
	left := 0
	reg.ServeHTTP(written{httptest.NewRecorder(), func() {
		if left++; len(reg.kept()) != 1 {
			t.Error("the answer begins to leave without a record")
		}
	}}, r)
	if left != 1 || len(reg.kept()) != 1 {
		t.Errorf("%d answers, %d records", left, len(reg.kept()))
	}
}

// No record, no answer but that.
func TestARefusalThatCannotBeRecorded(t *testing.T) {
	for _, body := range []string{"", question(theNumber)} {
		reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
		reg.fails = audit.ErrUnavailable
		reg.who = func(string) (access.Subject, error) { return access.Subject{}, access.ErrUnauthenticated }
		w := post(reg, body, nil)
		if got := codeOf(t, w.Body.Bytes()); w.Code != 503 || got != "audit-unavailable" || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("%d %s %v", w.Code, got, w.Header())
		}
		if !strings.Contains(metrics(t), `value:"unrecorded"`) || !strings.Contains(reg.log.String(), "could not be recorded") {
			t.Errorf("neither counted nor logged: %s", reg.log)
		}
	}
}

// The console's refusals are recorded too: it asks without HTTP.
func TestWhatIsRefusedToACallerIsRecorded(t *testing.T) {
	reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
	for name, test := range map[string]struct {
		q    collect.Question
		want audit.Record
	}{
		"nobody asked about": {collect.Question{By: someone}, audit.Record{Outcome: audit.Refused, Status: 400, Reasons: []string{"nhs-number-not-valid"}}},
		"by nobody": {collect.Question{Patient: number(t, theNumber)}, audit.Record{Outcome: audit.Failed, Status: 500, Reasons: []string{"internal-error"},
			PatientHMAC: "hmac of 999*****88", PatientShown: "999*****88", Action: "view", Interaction: "operation", Query: "Patient/$collect"}},
	} {
		before := len(reg.kept())
		result := reg.Collect(t.Context(), bearer, test.q, nil)
		kept := reg.kept()
		test.want.Schema, test.want.Source, test.want.TraceID = audit.SchemaVersion, "collector", result.Trace
		if test.q.By.UserID != "" {
			test.want.UserID, test.want.UserName, test.want.Client, test.want.TokenID = someone.UserID, someone.Name, someone.Client, someone.TokenID
			test.want.Issuer, test.want.Purpose = someone.Issuer, someone.Purpose
		}
		if diff := cmp.Diff([]audit.Record{test.want}, kept[before:], cmpopts.IgnoreFields(audit.Record{}, "ID", "TimeIn", "TimeOut")); diff != "" {
			t.Error(name, diff)
		}
		if part := result.Parts[0]; part.Status != collect.Failed || part.Reason.RecordID != kept[before].ID {
			t.Errorf("%s: %+v", name, part)
		}
	}
	reg.fails = audit.ErrUnavailable
	part := reg.Collect(t.Context(), bearer, collect.Question{By: someone}, nil).Parts[0]
	if part.Reason.Code != "audit-unavailable" || part.Reason.RecordID != "" {
		t.Errorf("unrecorded: %+v", part.Reason)
	}
}

// A fault of the collector is a refusal like any, and tells nothing.
func TestAPanicIsRecorded(t *testing.T) {
	reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
	reg.who = func(string) (access.Subject, error) { panic("Alice Ashdown, " + theNumber) }
	w := post(reg, question(theNumber), nil)
	kept := reg.kept()
	if w.Code != 500 || codeOf(t, w.Body.Bytes()) != "internal-error" || len(kept) != 1 || kept[0].Outcome != audit.Failed || kept[0].Status != 500 {
		t.Errorf("got %d, %+v", w.Code, kept)
	}
	if log := reg.log.String(); !strings.Contains(log, "panicked") || strings.Contains(log, "Alice") || strings.Contains(log, theNumber) {
		t.Errorf("the log: %s", log)
	}
}

// cuts panics when the answer has begun to leave.
type cuts struct{ *httptest.ResponseRecorder }

func (cuts) Write([]byte) (int, error) { panic("Alice Ashdown") }

// An answer that has begun cannot become a refusal: the connection is cut.
func TestAPanicInTheMiddleOfAnAnswerBreaksItOff(t *testing.T) {
	for _, accept := range []string{"application/fhir+json", "application/x-ndjson"} {
		reg := newRegion(t, collect.Config{}, &broker{id: "a", records: record})
		r := httptest.NewRequest(http.MethodPost, "/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
		r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}, "Accept": {accept}}
		func() {
			defer func() {
				if what := recover(); what != any(http.ErrAbortHandler) {
					t.Errorf("%s: panicked with %v", accept, what)
				}
			}()
			reg.ServeHTTP(cuts{httptest.NewRecorder()}, r)
		}()
		if len(reg.kept()) > 0 {
			t.Errorf("%s: a refusal was recorded of an answer", accept)
		}
	}
}
