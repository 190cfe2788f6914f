package collect_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/collect"
)

// Whoever asks again and again keeps nobody else from asking, whether over HTTP or
// through the console, which share the bound.
func TestOnePersonTakesSoManyPlaces(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	b := &broker{id: "a", answer: held(inside, leave)}
	reg := newRegion(t, collect.Config{EachPerson: 2, Collections: 3}, b)
	other := access.Subject{UserID: "555098765432"}
	reg.who = func(token string) (access.Subject, error) {
		if token == "other" {
			return other, nil
		}
		return someone, nil
	}
	var wait sync.WaitGroup
	wait.Go(func() { reg.whole(t) })
	wait.Go(func() { post(reg, question(theNumber), nil) })
	<-inside
	<-inside
	for range 3 { // a refusal takes no place
		w := post(reg, question(theNumber), nil)
		if w.Code != http.StatusTooManyRequests || codeOf(t, w.Body.Bytes()) != "too-many-requests" || w.Header().Get("Retry-After") == "" {
			t.Errorf("over HTTP: %d %s", w.Code, w.Body)
		}
		if part := reg.whole(t)["a"]; part.Status != collect.Failed || part.Reason.Code != "too-many-requests" {
			t.Errorf("in the console: %s, %s", part.Status, part.Reason.Code)
		}
	}
	wait.Go(func() {
		if w := post(reg, question(theNumber), map[string]string{"Authorization": "Bearer other"}); w.Code != 200 {
			t.Errorf("somebody else: %d", w.Code)
		}
	})
	<-inside
	if w := post(reg, question(theNumber), map[string]string{"Authorization": "Bearer other"}); w.Code != http.StatusServiceUnavailable {
		t.Errorf("the fourth of three: %d", w.Code)
	}
	close(leave)
	wait.Wait()
	if n := len(b.asked()); n != 3 {
		t.Errorf("the broker was asked %d times, want 3", n)
	}
	statuses := map[int]int{}
	for _, rec := range reg.kept() {
		statuses[rec.Status]++
	}
	if statuses[429] != 6 || statuses[503] != 1 || len(statuses) != 2 {
		t.Errorf("recorded %v", statuses)
	}
	// Who has left may come again, twice.
	b.answer = nil
	for range 3 {
		if w := post(reg, question(theNumber), nil); w.Code != 200 {
			t.Errorf("afterwards: %d", w.Code)
		}
	}
}
