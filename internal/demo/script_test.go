package demo_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/nhs"
)

// emptyTrail holds nothing, or cannot be asked.
type emptyTrail struct{ err error }

func (e emptyTrail) Patient(context.Context, nhs.Number) ([]*audit.Record, error) { return nil, e.err }
func (e emptyTrail) Refused(context.Context) ([]*audit.Record, error)             { return nil, e.err }

// lateTrail tells of a permission that stands only when it is asked for the third
// time, and goes away then.
type lateTrail struct {
	emptyTrail
	asked *int
}

func (l lateTrail) Patient(context.Context, nhs.Number) ([]*audit.Record, error) {
	switch *l.asked++; {
	case *l.asked < 3:
		return nil, nil
	case *l.asked > 3:
		return nil, l.err
	}
	return []*audit.Record{{UserID: people.UserID("acute-st-aldhelm", 0), Outcome: audit.Released, Action: "record-permission", Permission: "p1"}}, nil
}

// Somebody pasted a command, and what it recorded has not come to the trail yet.
func TestScriptWaitsForTheTrailToNameAPermissionThatStands(t *testing.T) {
	stands, withdrawals := true, 0
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Record-Id", "x")
		switch {
		case r.Method == http.MethodPost && strings.Contains(string(sent), `"p1"`):
			stands = false
			withdrawals++
			w.WriteHeader(http.StatusCreated)
		case !stands:
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"issue":[{"details":{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"permission-withdrawn"}],"text":"Ask the patient"}}]}`))
		}
	}))
	defer broker.Close()
	var account strings.Builder
	err := demo.Script(t.Context(), start(t).Describe(broker.URL), demo.ScriptOptions{
		Trail: lateTrail{emptyTrail{errors.New("away")}, new(int)}, Out: &account, TrailWithin: time.Minute,
	})
	if !errors.Is(err, demo.ErrScript) || strings.Contains(err.Error(), "Without permission") {
		t.Errorf("%v\n%s", err, account.String())
	}
	if !strings.HasPrefix(account.String(), "0. A permission from an earlier run still stands") || withdrawals != 1 {
		t.Errorf("%d withdrawals\n%s", withdrawals, account.String())
	}
}

// A broker that lets everybody in, keeps no trail and takes writes is found out,
// step by step.
func TestScriptFindsOutABrokerThatDoesNothing(t *testing.T) {
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Record-Id", r.URL.Path+time.Now().String())
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","id":"c"}}]}`))
	}))
	defer broker.Close()
	var account strings.Builder
	err := demo.Script(t.Context(), start(t).Describe(broker.URL), demo.ScriptOptions{
		Trail: emptyTrail{}, Out: &account, TrailWithin: time.Millisecond,
	})
	if !errors.Is(err, demo.ErrScript) {
		t.Fatalf("error %v, want ErrScript", err)
	}
	for _, wrong := range []string{
		"Without permission", "The patient is asked", "The same request is let in", "holds from the next request on",
		"A GP routinely sees", "but not the rest", "A specialist", "opted out", "Nothing can be changed", "The trail of one patient", "Who was refused",
	} {
		if !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q was not found out: %v", wrong, err)
		}
	}
	if strings.Contains(err.Error(), "A practice sees") {
		t.Errorf("what was right is called wrong: %v", err)
	}
	if n := strings.Count(account.String(), "WRONG"); n < 10 {
		t.Errorf("the account calls %d steps wrong:\n%s", n, account.String())
	}
}

func TestScriptStopsWhenTheTrailCannotBeAsked(t *testing.T) {
	away := errors.New("the trail is away")
	err := demo.Script(t.Context(), start(t).Describe("http://127.0.0.1:1"), demo.ScriptOptions{Trail: emptyTrail{away}, Out: &strings.Builder{}})
	if !errors.Is(err, away) {
		t.Errorf("error %v, want that of the trail", err)
	}
	if err := demo.Script(t.Context(), demo.Description{}, demo.ScriptOptions{}); err == nil {
		t.Error("without a trail: no error")
	}
}

func TestScriptSaysWhenNoBrokerAnswers(t *testing.T) {
	var account strings.Builder
	err := demo.Script(t.Context(), start(t).Describe("http://127.0.0.1:1"), demo.ScriptOptions{
		Trail: emptyTrail{}, Out: &account, TrailWithin: time.Millisecond,
	})
	if !errors.Is(err, demo.ErrScript) || !strings.Contains(account.String(), "asking the broker") {
		t.Errorf("error %v with the account:\n%s", err, account.String())
	}
}
