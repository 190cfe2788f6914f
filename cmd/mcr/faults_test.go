package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// answering is a source with one patient and one result.
func answering(content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		switch {
		case strings.HasPrefix(r.URL.Path, "/fhir/Patient/p1"):
			fmt.Fprint(w, `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`)
		case r.URL.Path == "/fhir/Observation":
			fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"o1","status":"final",`+
				`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`+
				`"subject":{"reference":"Patient/p1"},"valueString":%q}}]}`, content)
		case r.URL.Path == "/fhir/Condition":
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, `{"resourceType":"OperationOutcome","issue":[{"diagnostics":%q}]}`, content)
		case r.URL.Path == "/fhir/Procedure":
			fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Procedure","id":"x","note":[{"text":%q}`, content)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
}

// A power cut at any moment: each answer that a client has received has its
// record. Twenty times, under load.
func TestEveryAnswerReceivedHasItsRecordAfterKillNine(t *testing.T) {
	if testing.Short() {
		t.Skip("starts mcr twenty times")
	}
	s := newSite(t, answering("x"), "")
	var mu sync.Mutex
	received := map[string]int{}
	for round := range 20 {
		s.start()
		own, stranger := s.token("u1", "RZ1"), s.token("u2", "RZ2")
		var clients sync.WaitGroup
		enough := make(chan struct{})
		var once sync.Once
		wanted := 20 + rand.IntN(400)
		count := 0
		for client := range 8 {
			clients.Go(func() {
				for i := 0; ; i++ {
					token, target := own, "/fhir/Observation?patient=p1"
					if (client+i)%3 == 0 {
						token = stranger
					}
					_, id, _, err := s.ask(http.MethodGet, target, token, "")
					if err != nil {
						return // the process is gone
					}
					mu.Lock()
					received[id]++
					if count++; count >= wanted {
						once.Do(func() { close(enough) })
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(2 * time.Minute):
			t.Fatalf("round %d: fewer than %d answers in two minutes", round, wanted)
		}
		s.kill()
		clients.Wait()
	}
	s.start()
	s.stop() // drains the spool into the trail
	recorded := s.recorded()
	lost := 0
	for id, times := range received {
		if times != 1 {
			t.Errorf("record id %q was given to %d answers", id, times)
		}
		if recorded[id] != 1 {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d answers received have not exactly one record", lost, len(received))
	}
	if out, err := s.run("audit", "verify", "--trail", "data/trail.db", "--keys", "data/keys"); err != nil {
		t.Errorf("the chain does not hold: %v\n%s", err, out)
	}
	t.Logf("%d answers received over 20 lives, %d records kept", len(received), len(recorded))
}

// Attack on nobody: an operator reloads the configuration under load.
func TestAReloadUnderLoadLosesNoRequestAndNoRecord(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.start()
	own := s.token("u1", "RZ1")
	var mu sync.Mutex
	received := map[string]bool{}
	var clients sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				status, id, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", own, "")
				if err != nil || status != http.StatusOK {
					t.Errorf("a request was lost in a reload: %d %v %s", status, err, text)
					return
				}
				mu.Lock()
				received[id] = true
				mu.Unlock()
			}
		})
	}
	for range 5 {
		if out, err := s.run("reload", "--config", "Caddyfile", "--address", s.admin, "--force"); err != nil {
			t.Errorf("reload: %v\n%s", err, out)
		}
	}
	close(done)
	clients.Wait()
	s.stop()
	recorded := s.recorded()
	for id := range received {
		if recorded[id] != 1 {
			t.Errorf("answer %s has %d records", id, recorded[id])
		}
	}
	if len(received) < 20 {
		t.Errorf("only %d requests were made: too few to show anything", len(received))
	}
}
