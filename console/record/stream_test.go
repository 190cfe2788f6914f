package record_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// event is one server-sent event of the stream.
type event struct {
	name   string
	Status string
	Pieces map[string]string
}

// events reads a stream to its end; after each event it calls then, which may be nil.
func events(t *testing.T, ctx context.Context, b *brokers, who page.Patient, then func(event)) []event {
	t.Helper()
	s := console(t, b, anna(who))
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/console/patients/r1/record/parts", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", response.Header)
	}
	var all []event
	lines := bufio.NewReader(response.Body)
	for {
		name, err := lines.ReadString('\n')
		if err != nil {
			return all
		}
		data, err := lines.ReadString('\n')
		empty, _ := lines.ReadString('\n')
		if err != nil || empty != "\n" {
			return all
		}
		e := event{name: strings.TrimSpace(strings.TrimPrefix(name, "event: "))}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(data, "data: ")), &e); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		all = append(all, e)
		if then != nil {
			then(e)
		}
	}
}

// filled is what the page shows when the events have been put in.
func filled(all []event) map[string]string {
	shown := map[string]string{}
	for _, e := range all {
		for name, html := range e.Pieces {
			shown[name] = html
		}
	}
	return shown
}

func TestAStreamFillsThePageSourceBySource(t *testing.T) {
	parts := []collect.Part{from("riverside", collect.Complete, penicillin), from("hill", collect.TimedOut), from("acute", collect.NoRecord)}
	next := make(chan struct{})
	b := &brokers{parts: parts, wait: func(ctx context.Context, i int) {
		select {
		case <-next:
		case <-ctx.Done():
		}
	}}
	seen := 0
	all := events(t, t.Context(), b, alice, func(e event) {
		switch {
		case e.name == "begin":
			next <- struct{}{}
		case e.name == "pieces" && seen < 2:
			if seen++; seen == 1 && (e.Status != "1 of 3 sources has answered so far." || !strings.Contains(e.Pieces["allergies"], "Allergy to penicillin") || !strings.Contains(e.Pieces["allergies"], "not answered yet")) {
				t.Errorf("the first answer: %+v", e)
			}
			next <- struct{}{}
		}
	})
	last := all[len(all)-1]
	if last.name != "end" || all[len(all)-2].Status != "Finished: 2 of 3 sources have answered." {
		t.Fatalf("the end: %+v", all[len(all)-2:])
	}
	shown := filled(all)
	if strings.Contains(shown["allergies"], "not answered yet") || !strings.Contains(shown["allergies"], "Hill (did not answer in time)") ||
		!strings.Contains(shown["state"], "Did not answer") || !strings.Contains(shown["categories"], "Allergy to penicillin") || !strings.Contains(shown["sources"], "No record") {
		t.Errorf("the page at the end: %v", shown)
	}
	if len(b.asked) != 1 {
		t.Errorf("brokers were asked %d times", len(b.asked))
	}
}

// A source with another date of birth stands apart, also when it answers last.
func TestASourceWithAnotherDateOfBirthFillsNothing(t *testing.T) {
	shown := filled(events(t, t.Context(), &brokers{parts: []collect.Part{
		from("riverside", collect.Complete, penicillin), from("hill", collect.Complete, wrong, `{'resourceType':'Condition','id':'c','code':{'text':'Cough'}}`),
	}}, alice, nil))
	if !strings.Contains(shown["state"], "Another date of birth is held") || !strings.Contains(shown["allergies"], "Allergy to penicillin") {
		t.Errorf("state: %s; allergies: %s", shown["state"], shown["allergies"])
	}
	for piece, text := range shown {
		if strings.Contains(text, "Cough") || strings.Contains(text, "1958-11-02") {
			t.Errorf("%s shows what Hill holds: %s", piece, text)
		}
	}
}

func TestNothingIsShownBeforeTheDateOfBirthIsConfirmed(t *testing.T) {
	unchecked := alice
	unchecked.Checked = false
	next := make(chan struct{})
	b := &brokers{parts: []collect.Part{from("hill", collect.Complete, penicillin), from("riverside", collect.Complete, patientBorn(`,'birthDate':'1958-02-11'`))},
		wait: func(ctx context.Context, i int) {
			if i == 1 {
				<-next
			}
		}}
	first := true
	all := events(t, t.Context(), b, unchecked, func(e event) {
		if e.name == "pieces" && first {
			first = false
			if !strings.Contains(e.Pieces["state"], "Nothing is shown until a source confirms the date of birth") || strings.Contains(e.Pieces["allergies"]+e.Pieces["categories"], "penicillin") {
				t.Errorf("before: %+v", e.Pieces)
			}
			close(next)
		}
	})
	if shown := filled(all); !strings.Contains(shown["allergies"], "Allergy to penicillin") {
		t.Errorf("after: %v", shown)
	}
}

func TestLeavingThePageStopsTheAsking(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete), from("hill", collect.Complete)}, wait: func(ctx context.Context, i int) {
		if i == 1 {
			<-ctx.Done()
			close(stopped)
		}
	}}
	all := events(t, ctx, b, alice, func(e event) {
		if e.name == "pieces" {
			leave()
		}
	})
	<-stopped
	for _, e := range all {
		if e.name == "end" {
			t.Error("a stream that was left says that it is whole")
		}
	}
}

func TestALongRecordsEntriesAreSentOnce(t *testing.T) {
	parts, who := long(t, 600)
	times := 0
	for _, e := range events(t, t.Context(), &brokers{parts: parts}, who, nil) {
		if len(e.Pieces["categories"]) > 100_000 {
			times++
		}
	}
	if times != 1 {
		t.Errorf("every entry was sent %d times", times)
	}
}
