package broker_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/token"
)

// dripping is a body that takes an hour to come.
type dripping struct {
	text io.Reader
	over func()
}

func (d dripping) Read(p []byte) (int, error) {
	n, err := d.text.Read(p)
	if err == io.EOF {
		d.over()
	}
	return n, err
}

// at notes as of when it is asked, and whether the token is asked for by then.
type at struct {
	*kit
	clock   func() time.Time
	expires time.Time
	asked   []time.Time
}

func (a *at) Verify(ctx context.Context, by *token.Presented) (access.Subject, error) {
	if !a.clock().Before(a.expires) {
		return access.Subject{}, fmt.Errorf("expired: %w", access.ErrUnauthenticated)
	}
	return a.kit.Verify(ctx, by)
}

func (a *at) Gather(ctx context.Context, q access.Question) access.Facts {
	a.asked = append(a.asked, q.Time)
	return a.kit.Gather(ctx, q)
}

// Attack 342: a request that is begun while a permission, an emergency or a token holds,
// and whose body is ended drop by drop when it does not any more.
func TestAttack342ABodyThatDripsIsJudgedByTheTimeOfItsEnd(t *testing.T) {
	batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation?patient=p1"}}]}`
	for name, c := range map[string]struct{ target, kind, body string }{
		"a search by a form": {"/fhir/Observation/_search", "application/x-www-form-urlencoded", "patient=p1"},
		"a batch":            {"/fhir", "application/fhir+json", batch},
		"a Consent":          {"/fhir/Consent", "application/fhir+json", consent},
	} {
		for when, expires := range map[string]time.Duration{"while the token holds": 2 * time.Hour, "when the token is over": time.Minute} {
			t.Run(name+" "+when, func(t *testing.T) {
				k, passed := newKit(t), time.Duration(0)
				a := &at{kit: k, clock: func() time.Time { return now.Add(passed) }, expires: now.Add(expires)}
				k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
				k.configure = func(c *broker.Config) { c.Clock, c.Verifier, c.Gatherer = a.clock, a, a }
				r := httptest.NewRequest(http.MethodPost, c.target, dripping{strings.NewReader(c.body), func() { passed = time.Hour }})
				r.ContentLength = int64(len(c.body))
				r.Header.Set("Authorization", "Bearer token")
				r.Header.Set("Content-Type", c.kind)
				w := k.do(r)
				if expires < time.Hour {
					closed(t, w, http.StatusUnauthorized, "token-not-accepted")
					if len(a.asked) > 0 || k.change.commits > 0 {
						t.Error("it was decided on")
					}
					return
				}
				if w.Code >= 300 || len(a.asked) == 0 {
					t.Fatalf("the honest request is not answered: %d %s", w.Code, w.Body)
				}
				for _, asked := range a.asked {
					if !asked.Equal(now.Add(time.Hour)) {
						t.Errorf("decided as of %s, %s before its end", asked, now.Add(time.Hour).Sub(asked))
					}
				}
				if rec := k.record.records[0]; name != "a batch" && !rec.TimeIn.Equal(now) {
					t.Errorf("the record says that it came at %s", rec.TimeIn)
				}
			})
		}
	}
}
