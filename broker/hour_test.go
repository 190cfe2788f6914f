package broker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/broker"
)

// What is counted is what a list of all requests has: all of the last hour, and nothing that is
// longer ago than an hour and a minute.
func TestAnHourCountsWhatAListOfAllRequestsHas(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		hour, at := broker.NewHour(5), now
		asked := map[string][]time.Time{}
		for range 2000 {
			at = at.Add(time.Duration(r.IntN(40_000)) * time.Millisecond)
			if r.IntN(200) == 0 {
				at = at.Add(time.Duration(r.IntN(3)) * time.Hour)
			}
			who := fmt.Sprint("u", r.IntN(5))
			least, most := 0, 0
			for _, one := range asked[who] {
				if at.Sub(one) <= time.Hour {
					least++
				}
				if at.Sub(one) < time.Hour+time.Minute {
					most++
				}
			}
			if got := hour.Count(who, at); got < least || got > most {
				t.Fatalf("seed %d: %d, want %d to %d", seed, got, least, most)
			}
			asked[who] = append(asked[who], at)
		}
	}
}

func TestAnHourForgetsWhoeverAskedLongestAgo(t *testing.T) {
	hour := broker.NewHour(2)
	for i, c := range []struct {
		who  string
		want int
	}{{"a", 0}, {"b", 0}, {"a", 1}, {"c", 0}, {"a", 2}, {"b", 0}, {"c", 0}, {"b", 1}, {"c", 1}, {"a", 0}} {
		if got := hour.Count(c.who, now); got != c.want {
			t.Errorf("%d: %s asked %d times, want %d", i, c.who, got, c.want)
		}
	}
}

func TestAClockThatGoesBackForgetsNothing(t *testing.T) {
	hour := broker.NewHour(2)
	for i, at := range []time.Duration{0, -2 * time.Hour, -time.Minute, 0, 59 * time.Minute} {
		if got := hour.Count("a", now.Add(at)); got != i {
			t.Errorf("%v: %d, want %d", at, got, i)
		}
	}
	if got := hour.Count("a", now.Add(61*time.Minute)); got != 1 {
		t.Errorf("an hour later: %d, want 1", got)
	}
}

func TestNobodyIsCountedWithoutAnHour(t *testing.T) {
	for _, hour := range []*broker.Hour{nil, broker.NewHour(0)} {
		for range 2 {
			if hour.Count("a", now) != 0 {
				t.Error("somebody was counted")
			}
		}
	}
}

func TestCountingTakesNoMemory(t *testing.T) {
	hour := broker.NewHour(100)
	people := make([]string, 100)
	for i := range people {
		people[i] = fmt.Sprint("u", i)
		hour.Count(people[i], now)
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		hour.Count(people[i%100], now.Add(time.Duration(i)*time.Second))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Each request is counted once, however often it is decided on, and all that is within one sees
// the number from before it.
func TestARuleIsToldHowOftenThePersonAsked(t *testing.T) {
	k := newKit(t)
	hour := broker.NewHour(2)
	l := listen(k, func(c *broker.Config) { c.Hour = hour })
	told := func() (numbers []int) {
		for _, q := range l.questions {
			numbers = append(numbers, q.AskedLastHour)
		}
		l.questions = nil
		return numbers
	}
	ask := func(what string, want int, ask func()) {
		t.Helper()
		ask()
		numbers := told()
		if len(numbers) == 0 {
			t.Fatalf("%s: nothing was decided on", what)
		}
		for _, n := range numbers {
			if n != want {
				t.Errorf("%s: %v, want %d", what, numbers, want)
			}
		}
	}
	ask("the first", 0, func() { k.get("/fhir/Observation?patient=p1") })
	k.decision = deny
	ask("the second", 1, func() { k.get("/fhir/Observation/o1") })
	ask("a consent", 2, func() { k.post(consent) })
	k.get("/fhir/Nothing") // refused by its form: it counts
	ask("after a refusal by form", 4, func() { k.get("/fhir/Observation?patient=p1") })
	k.verify = access.ErrUnauthenticated
	k.get("/fhir/Observation?patient=p1") // of nobody
	k.verify = nil
	k.decision = permit(t)
	ask("everything", 5, func() { k.get("/fhir/Patient/p1/$everything") })
	k.subject.UserID = "another"
	ask("another person", 0, func() { k.get("/fhir/Observation?patient=p1") })
}

func BenchmarkHour(b *testing.B) {
	hour := broker.NewHour(broker.MostInHour)
	people := make([]string, 2*broker.MostInHour)
	for i := range people {
		people[i] = fmt.Sprintf("%012d", i)
	}
	for name, of := range map[string]int{"known": broker.MostInHour, "more than there is room for": len(people)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				hour.Count(people[i%of], now.Add(time.Duration(i)*time.Millisecond))
			}
		})
	}
}
