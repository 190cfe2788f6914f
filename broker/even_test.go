package broker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/access"
)

// unclear is a decision that cannot be made now.
var unclear = access.Decision{Effect: access.Indeterminate, Reasons: []access.Reason{{Code: "facts-unavailable"}}}

// Attack 97: what is refused, withheld or not there has asked the source the same number
// of questions, the first time and again: the time of an answer tells none from another.
func TestAttack097WhatIsHiddenAsksTheSourceAsOften(t *testing.T) {
	unplaced := strings.Replace(observation, `"code":"laboratory"`, `"code":"x"`, 1)
	for name, c := range map[string]struct {
		decision access.Decision
		ask      string
		ids      []string
		status   int
		want     int64
	}{
		"a search by a stranger's id and by nobody's": {deny, "/fhir/Observation?patient=", []string{"p1", "never"}, http.StatusForbidden, 1},
		"a read of a stranger's item and of none":     {deny, "/fhir/Observation/", []string{"o1", "never"}, http.StatusNotFound, 3},
		"a read of what is withheld and of none":      {permit(t), "/fhir/Observation/", []string{"sensitive", "never"}, http.StatusNotFound, 3},
		"the same of a type without lenders":          {permit(t), "/fhir/Condition/", []string{"c1", "never"}, http.StatusNotFound, 2},
		"a history of what is withheld and of none":   {permit(t), "/fhir/Condition/", []string{"c1/_history", "never/_history"}, http.StatusNotFound, 2},
		"a read while facts cannot be looked up":      {unclear, "/fhir/Observation/", []string{"o1", "never"}, http.StatusServiceUnavailable, 3},
		"everything of a stranger and of nobody":      {deny, "/fhir/Patient/", []string{"p1/$everything", "never/$everything"}, http.StatusForbidden, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			k := newKit(t)
			there := sourceOf(map[string]string{
				"Patient/p1": patient, "Observation/o1": observation, "Observation/sensitive": strings.Replace(unplaced, `"o1"`, `"sensitive"`, 1),
				"Condition/c1": `{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}`,
			})
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); there.ServeHTTP(w, r) })
			k.decision = c.decision
			denied := k.decision
			k.configure = nil
			get := k.staying()
			for range 3 {
				for _, id := range c.ids {
					asked.Store(0)
					if id == "never" && c.decision.Effect == access.Permit {
						k.decision = deny // of nobody there is nothing to permit by
					}
					w := get(c.ask + id)
					k.decision = denied
					if w.Code != c.status || asked.Load() != c.want {
						t.Errorf("%s: %d, and the source was asked %d times, want %d", id, w.Code, asked.Load(), c.want)
					}
				}
			}
		})
	}
}

// Attack 341: who walks is told nothing, and the time that it takes tells nothing either.
func TestAttack341WhoIsStoppedAsksTheSourceAsOften(t *testing.T) {
	for name, c := range map[string]struct {
		ask  string
		ids  []string
		want int64
	}{
		"by reading items":         {"/fhir/Observation/", []string{"o1", "never"}, 3},
		"by reading of other type": {"/fhir/Condition/", []string{"c1", "never"}, 2},
		"by a patient's id":        {"/fhir/Observation?patient=", []string{"p1", "never"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			k := walkingKit(t)
			there := sourceOf(map[string]string{
				"Patient/p1": patient, "Observation/o1": observation,
				"Condition/c1": `{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}`,
			})
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); there.ServeHTTP(w, r) })
			get := k.staying()
			for _, id := range []string{"x1", "x2", "x3"} {
				get("/fhir/Observation?patient=" + id)
			}
			for range 3 {
				for _, id := range c.ids {
					asked.Store(0)
					if w := get(c.ask + id); w.Code != http.StatusTooManyRequests || asked.Load() != c.want {
						t.Errorf("%s: %d, and the source was asked %d times, want %d", id, w.Code, asked.Load(), c.want)
					}
				}
			}
		})
	}
}

// Attack 347: two questions in one batch. That the item of the one is the patient's of
// the other must save the source nothing, or the time of the batch tells whose it is.
func TestAttack347TwoQuestionsInABatchDoNotTellWhoseAnItemIs(t *testing.T) {
	for name, pair := range map[string][2]string{
		"an item, then a search": {"Condition/%s", "Condition?patient=p1"},
		"a search, then an item": {"Condition?patient=p1", "Condition/%s"},
		"two items":              {"Condition/c1", "Condition/%s"},
	} {
		questions := map[string]int64{}
		for _, id := range []string{"c1", "c3", "never"} { // of p1, of p2, of nobody
			var asked atomic.Int64
			k := newKit(t)
			there := sourceOf(map[string]string{
				"Patient/p1":   patient,
				"Patient/p2":   strings.NewReplacer(`"p1"`, `"p2"`, "9990000018", "9990000026").Replace(patient),
				"Condition/c1": `{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}`,
				"Condition/c3": `{"resourceType":"Condition","id":"c3","subject":{"reference":"Patient/p2"}}`,
			})
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); there.ServeHTTP(w, r) })
			k.decision = deny
			var entries []string
			for _, target := range pair {
				entries = append(entries, `{"request":{"method":"GET","url":"`+strings.Replace(target, "%s", id, 1)+`"}}`)
			}
			r := httptest.NewRequest(http.MethodPost, "/fhir", strings.NewReader(`{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`))
			r.Header.Set("Authorization", "Bearer token")
			r.Header.Set("Content-Type", "application/fhir+json")
			if w := k.do(r); w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", name, w.Code, w.Body)
			}
			questions[id] = asked.Load()
		}
		if questions["c1"] != questions["never"] || questions["c3"] != questions["never"] {
			t.Errorf("%s: the source was asked so often, by whose the item is: %v", name, questions)
		}
	}
}
