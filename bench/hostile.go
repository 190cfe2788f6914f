package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How others fare while a source answers without an end: so many requests a second for
// so long, in turn without hostile answers and with them.
const (
	othersRate = 100
	turnLasts  = 4 * time.Second
	settles    = 3 * time.Second // within which they all have asked
	comesAgain = 2 * time.Second // after which whoever got an endless answer asks again
	comesLater = 5 * time.Second // after 503, which says so
)

// turn is what one turn gave.
type turn struct {
	took      []time.Duration // of the others
	busy      int64           // hostile requests that were answered 503
	cut       int64           // and those that were read to the limit
	rss, held int             // MiB: the process's, at most; and counted
}

func (t turn) at(q float64) float64 {
	return float64(t.took[int(q*float64(len(t.took)-1))].Microseconds()) / 1000
}

// hostile measures the others' latency and the process's memory under so many endless
// answers at once, at another source and at the same.
func hostile(rounds int) error {
	people, proxy, stop, err := started(warmPatients)
	if err != nil {
		return err
	}
	defer stop()
	b := bench{people: people, proxy: proxy, client: newClient(hostileConnections)}
	if _, err := b.turn(0, ""); err != nil { // to warm up
		return err
	}
	fmt.Printf("%d requests a second of others, turns of %s, medians of %d pairs\n\n", othersRate, turnLasts, rounds)
	fmt.Printf("%-8s %-14s %17s %17s %6s %10s %10s %9s %9s\n", "endless", "at", "quiet p50/p99 ms", "p50/p99 ms", "ratio", "RSS MiB", "held MiB", "cut", "busy")
	for _, n := range []int{100, 1000} {
		for _, place := range []string{"another source", "the same source"} {
			base := "/fhir"
			if place == "another source" {
				base = "/other/fhir"
			}
			var quiet, loud []turn
			var ratios []float64
			for range rounds {
				q, err := b.turn(0, "")
				if err != nil {
					return err
				}
				l, err := b.turn(n, base)
				if err == nil && l.cut+l.busy == 0 {
					err = errors.New("no endless answer was begun: this shows nothing")
				}
				if err != nil {
					return err
				}
				quiet, loud, ratios = append(quiet, q), append(loud, l), append(ratios, l.at(.99)/q.at(.99))
			}
			of := func(turns []turn, value func(turn) float64) float64 {
				var all []float64
				for _, t := range turns {
					all = append(all, value(t))
				}
				slices.Sort(all)
				return all[len(all)/2]
			}
			slices.Sort(ratios)
			p50, p99 := func(t turn) float64 { return t.at(.5) }, func(t turn) float64 { return t.at(.99) }
			fmt.Printf("%-8d %-14s %8.1f /%7.1f %8.1f /%7.1f %6.2f %10.0f %10.0f %9.0f %9.0f\n", n, place, of(quiet, p50), of(quiet, p99), of(loud, p50), of(loud, p99), ratios[len(ratios)/2],
				of(loud, func(t turn) float64 { return float64(t.rss) }), of(loud, func(t turn) float64 { return float64(t.held) }),
				of(loud, func(t turn) float64 { return float64(t.cut) }), of(loud, func(t turn) float64 { return float64(t.busy) }))
		}
	}
	return nil
}

// turn has others ask for a while, beside n who are answered without an end.
func (b *bench) turn(n int, base string) (t turn, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var mad, others sync.WaitGroup
	var busy, cut atomic.Int64
	client := newClient(n + 1)
	for i := range n {
		mad.Go(func() {
			again(ctx, time.Duration(i)*settles/time.Duration(n)) // not all in one moment
			for ctx.Err() == nil {
				switch b.endless(ctx, client, base, i%warmPatients) {
				case http.StatusServiceUnavailable:
					busy.Add(1)
					again(ctx, comesLater-comesAgain)
				case http.StatusBadGateway:
					cut.Add(1)
				}
				if !again(ctx, comesAgain) {
					return
				}
			}
		})
	}
	if n > 0 {
		again(ctx, settles+time.Second)
	}
	b.proxy.forgetPeak()
	var mu sync.Mutex
	held, tick := 0, time.NewTicker(time.Second/othersRate)
	defer tick.Stop()
	for i := range int(turnLasts.Seconds() * othersRate) {
		<-tick.C
		due := time.Now()
		others.Go(func() {
			fault := one(b.client, request{b.url(b.proxy.broker, sizes[i%2], i%warmPatients), b.people.session}, sizes[i%2].bytes)
			mu.Lock()
			defer mu.Unlock()
			if t.took = append(t.took, time.Since(due)); fault != nil {
				err = fault
			}
		})
		if i%20 == 0 {
			held = max(held, b.proxy.held())
		}
	}
	others.Wait()
	t.rss, t.held = b.proxy.peak(), held
	cancel()
	mad.Wait()
	client.CloseIdleConnections()
	slices.Sort(t.took)
	t.busy, t.cut = busy.Load(), cut.Load()
	return t, err
}

// again waits, and says whether it is not over.
func again(ctx context.Context, after time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(after):
		return true
	}
}

func (b *bench) endless(ctx context.Context, client *http.Client, base string, who int) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s%s/Observation?patient=p%d&_count=%s", b.proxy.broker, base, who, endlessCount), nil)
	if err != nil {
		return 0
	}
	r.Header["Authorization"] = []string{b.people.session}
	answer, err := client.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

// forgetPeak has the kernel forget how much memory mcr had at most.
func (p *proxy) forgetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.command.Process.Pid), []byte("5"), 0o200)
}

// hostileConnections are those of the others.
const hostileConnections = 32

// peak is how much memory mcr had at most, in MiB.
func (p *proxy) peak() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	if fields := strings.Fields(rest); len(fields) > 0 {
		n, _ := strconv.Atoi(fields[0])
		return n >> 10
	}
	return 0
}

// held is how much mcr says that it holds, in MiB.
func (p *proxy) held() int {
	_, mcr := p.processes()
	told, err := mcr.metrics("mcr_held_bytes")
	if err != nil {
		return 0
	}
	return int(told[0]) >> 20
}
