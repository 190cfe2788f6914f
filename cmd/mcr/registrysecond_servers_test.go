//go:build servers

package main_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	changes = flag.Int("changes", 8, "how many changes TestServersTheSecond records; 400 are written of in docs/registry-faults.md")
	load    = flag.Int("load", 2, "how many professionals ask each of its brokers all the time")
)

// thinks is how long a busy professional rests between two questions.
const thinks = 20 * time.Millisecond

// A no that is said at one of eight brokers is refused by each of them in the end, and by none is
// anything released that was asked for after it had itself said that the no is known there. With
// -changes 400 -update it writes how long that took into docs/registry-faults.md: nothing here fails
// because a machine is slow.
func TestServersTheSecond(t *testing.T) {
	const brokers = 8
	r := share(t, brokers, 2*brokers, " {\n\t\t\tpool 4\n\t\t}")
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer stop()
	var mu sync.Mutex
	answered := map[int]int{}
	var busy, sent, after, confirmed []time.Duration // all about the noes, but for busy
	for i, b := range r.brokers {
		for n := range *load {
			asking.Go(func() {
				for pauseFor(ctx, thinks) { // patients of whom nobody says anything: permitted once, or not at all
					a := b.asks(ctx, brokers+(i+n)%brokers, "busy", "RZ2")
					if ctx.Err() == nil {
						mu.Lock()
						answered[a.status]++
						busy = append(busy, a.got.Sub(a.sent))
						mu.Unlock()
					}
				}
			})
		}
	}
	for i := range brokers {
		if i%2 == 0 {
			if _, a := r.brokers[i].permits(ctx, brokers+i, "busy"); a.status != http.StatusCreated {
				t.Fatalf("%+v", a)
			}
		}
	}
	base, counted := r.newest(), make([]float64, brokers)
	for i, b := range r.brokers {
		for counted[i] = -1; counted[i] < 0 || b.metric("mcr_registry_seen_change") < base; pauseFor(ctx, time.Millisecond) {
			counted[i] = b.metric(changesHeard)
		}
	}
	began := time.Now()
	for n := range *changes {
		from, patient, user := n%brokers, n%brokers, fmt.Sprintf("second-%d", n)
		id, a := r.brokers[from].permits(ctx, patient, user)
		if a.status != http.StatusCreated {
			t.Fatalf("recording a permission: %+v", a)
		}
		for i := range r.brokers { // each knows it, and has it in its memory
			r.untilAnswered(ctx, i, patient, user, http.StatusOK)
		}
		no := r.brokers[from].withdraws(ctx, patient, user, id)
		if no.status != http.StatusCreated {
			t.Fatalf("recording a withdrawal: %+v", no)
		}
		confirmed = append(confirmed, no.got.Sub(no.sent))
		since := sync.OnceValue(func() float64 { return r.newest() - base }) // asked when nothing is measured any more
		var hearing sync.WaitGroup
		for i, b := range r.brokers {
			hearing.Go(func() {
				a := r.untilAnswered(ctx, i, patient, user, http.StatusForbidden)
				mu.Lock()
				sent, after = append(sent, a.sent.Sub(no.got)), append(after, a.got.Sub(no.got))
				mu.Unlock()
				for b.metric(changesHeard) < counted[i]+since() && ctx.Err() == nil {
					pauseFor(ctx, time.Millisecond)
				}
				if a := b.asks(ctx, patient, user, "RZ2"); a.status != http.StatusForbidden {
					t.Errorf("broker %d says that change %d holds there, and answers %d", i, n, a.status)
				}
			})
		}
		hearing.Wait()
	}
	took := time.Since(began)
	stop()
	asking.Wait()
	mu.Lock()
	defer mu.Unlock()
	if answered[http.StatusOK] == 0 || answered[http.StatusForbidden] == 0 {
		t.Errorf("the load was answered %v", answered)
	}
	t.Logf("no → refused: %v; recorded within %v; a question takes %v; %d changes in %v; the load: %v", spread(after), spread(confirmed), spread(busy), *changes, took, answered)
	r.secondPage(took, [][]time.Duration{sent, after, confirmed, busy})
}

// changesHeard counts the changes that hold at a broker.
const changesHeard = "mcr_registry_change_seconds_count"

// newest is the number of the newest change.
func (r *sharers) newest() float64 {
	r.t.Helper()
	return number(r.t, r.server.SQL(r.t, r.database, "SELECT max(seq) FROM registry.change"))
}

// untilAnswered asks a broker until it answers with a status, and gives that answer.
func (r *sharers) untilAnswered(ctx context.Context, at, patient int, user string, status int) (a answer) {
	for end := time.Now().Add(2 * time.Minute); ; {
		if a = r.brokers[at].asks(ctx, patient, user, "RZ2"); a.status == status {
			return a
		}
		if time.Now().After(end) {
			r.t.Errorf("broker %d still answers %d %s, want %d", at, a.status, a.reason, status)
			return a
		}
		pauseFor(ctx, time.Millisecond)
	}
}

// spread is p50, p90, p99 and the longest; what is negative was there before it was told.
func spread(all []time.Duration) string {
	all = slices.Sorted(slices.Values(all))
	at := func(q float64) string {
		return fmt.Sprintf("%.0f ms", max(0, all[min(len(all)-1, int(q*float64(len(all))))].Seconds())*1000)
	}
	return strings.Join([]string{at(.5), at(.9), at(.99), at(1)}, " | ")
}

// buckets adds up a histogram of all brokers.
func (r *sharers) buckets(name string) (most []string, counts map[string]float64) {
	counts = map[string]float64{}
	pattern := regexp.MustCompile(`(?m)^` + name + `_bucket\{le="([^"]+)"\} (\S+)$`)
	for _, b := range r.brokers {
		for _, m := range pattern.FindAllStringSubmatch(b.metrics(), -1) {
			if !slices.Contains(most, m[1]) {
				most = append(most, m[1])
			}
			counts[m[1]] += number(r.t, m[2])
		}
	}
	return most, counts
}

func (r *sharers) secondPage(took time.Duration, rows [][]time.Duration) {
	r.t.Helper()
	const path, begins, ends = "../../docs/registry-faults.md", "<!-- the second -->\n", "<!-- /the second -->"
	is, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(is), begins)
	_, behind, ok2 := strings.Cut(rest, ends)
	if !ok || !ok2 {
		r.t.Fatalf("%s has no place for the second", path)
	}
	if flag.Lookup("update").Value.String() != "true" {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d noes, each asked about at %d brokers until it was refused; meanwhile %d questions a second to all of them together, about others.\n\n",
		*changes, len(r.brokers), int(float64(len(rows[3]))/took.Seconds()))
	fmt.Fprintf(&text, "| | p50 | p90 | p99 | longest |\n|---|---|---|---|---|\n")
	for i, name := range []string{"from \"recorded\" (201) at one broker until the first question was sent that each of the eight refused", "until that was answered",
		"the recording itself, as the professional waits for it", "any other question, to be read beside it"} {
		fmt.Fprintf(&text, "| %s | %s |\n", name, spread(rows[i]))
	}
	most, counts := r.buckets("mcr_registry_change_seconds")
	var heads, cells []string
	for _, le := range most {
		if len(cells) > 0 && strings.HasPrefix(cells[len(cells)-1], "100.0") {
			break
		}
		heads, cells = append(heads, "≤ "+strings.Replace(le, "+Inf", "any", 1)+" s"), append(cells, fmt.Sprintf("%.1f %%", 100*counts[le]/counts["+Inf"]))
	}
	fmt.Fprintf(&text, "\n`mcr_registry_change_seconds`, from the commit to its holding at a broker, as the eight tell it (%.0f changes heard):\n\n| %s |\n|%s\n| %s |\n", counts["+Inf"],
		strings.Join(heads, " | "), strings.Repeat("---|", len(heads)), strings.Join(cells, " | "))
	if err := os.WriteFile(path, []byte(before+begins+text.String()+ends+behind), 0o644); err != nil {
		r.t.Fatal(err)
	}
}
