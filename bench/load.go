package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// request is one request to make: where, and with which token.
type request struct{ url, bearer string }

// round is what one round of load gave.
type round struct {
	Throughput float64 `json:"throughput"` // requests a second
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Behind     float64 `json:"behind_ms"` // from the last answer until the trail had its record
	Used       used    `json:"used"`
}

// load makes every request once, at so many connections, and fails at the first
// answer that is not 200 or not of the size that this run gives. The round is over when settled returns.
func load(client *http.Client, connections int, requests []request, atLeast int, settled func() error) (round, error) {
	var next, failed atomic.Int64
	var first atomic.Pointer[error]
	took := make([]time.Duration, len(requests))
	var group sync.WaitGroup
	began := time.Now()
	for range connections {
		group.Go(func() {
			for failed.Load() == 0 {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				start := time.Now()
				if err := one(client, requests[i], atLeast); err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, &err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	group.Wait()
	if err := first.Load(); err != nil {
		return round{}, *err
	}
	answered := time.Since(began)
	if err := settled(); err != nil {
		return round{}, err
	}
	all := time.Since(began)
	slices.Sort(took)
	at := func(q float64) float64 {
		return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000
	}
	return round{Throughput: float64(len(requests)) / all.Seconds(), P50: at(0.50), P99: at(0.99), Behind: (all - answered).Seconds() * 1000}, nil
}

// observed is a round of load with what the process used for it.
func observed(p process, client *http.Client, connections int, requests []request, atLeast int, settled func() error) (round, error) {
	before, err := p.usage()
	if err != nil {
		return round{}, err
	}
	r, err := load(client, connections, requests, atLeast, settled)
	if err != nil {
		return r, err
	}
	after, err := p.usage()
	r.Used = after.since(before, len(requests))
	return r, err
}

// atOnce is what has nothing left to do when it has answered.
func atOnce() error { return nil }

func one(client *http.Client, r request, atLeast int) error {
	req, err := http.NewRequest(http.MethodGet, r.url, nil)
	if err != nil {
		return err
	}
	req.Header["Authorization"] = []string{r.bearer}
	req.Header["Accept"] = []string{"application/fhir+json"}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("%s answered %d: %s", r.url, answer.StatusCode, said)
	}
	n, err := io.Copy(io.Discard, answer.Body)
	switch {
	case err != nil:
		return err
	case n < int64(atLeast):
		return fmt.Errorf("%s answered %d bytes, fewer than %d: something was withheld", r.url, n, atLeast)
	}
	return nil
}

func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections,
			DisableCompression: true,
		},
	}
}
