package broker_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/nhs"
)

// listening keeps the questions that are decided on.
type listening struct {
	*kit
	questions []access.Question
}

func (l *listening) Decide(_ context.Context, q access.Question, _ access.Facts) access.Decision {
	l.questions = append(l.questions, q)
	return l.decision
}

// listen has the questions of a kit kept.
func listen(k *kit, also func(*broker.Config)) *listening {
	l := &listening{kit: k}
	k.configure = func(c *broker.Config) {
		c.Decider = l
		also(c)
	}
	return l
}

func TestARuleIsToldWhatKindOfOrganisationAsks(t *testing.T) {
	for name, ask := range map[string]func(*kit) int{
		"a search":  func(k *kit) int { return k.get("/fhir/Observation?patient=p1").Code },
		"a read":    func(k *kit) int { return k.get("/fhir/Observation/o1").Code },
		"a consent": func(k *kit) int { return k.post(consent).Code },
	} {
		for _, kind := range []string{"acute", ""} {
			k := newKit(t)
			k.decision = deny
			l := listen(k, func(c *broker.Config) {
				if kind != "" {
					c.OrganisationKinds = map[nhs.ODSCode]string{k.subject.Organisation: kind}
				}
			})
			if status := ask(k); status == http.StatusOK || len(l.questions) == 0 {
				t.Fatalf("%s: status %d, %d questions", name, status, len(l.questions))
			}
			for _, q := range l.questions {
				if q.OrganisationKind != kind {
					t.Errorf("%s: %q, want %q", name, q.OrganisationKind, kind)
				}
			}
		}
	}
}
