package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// The open loop: requests come at their own times, however long those before them take, as people's do.
// Each is timed from when it was due, so that whoever waits in a queue is counted (no coordinated
// omission). Beside it stands what the disk alone takes for what every record needs, a write and an
// fdatasync, at the same rate in the same folder.

// rates are requests a second.
var rates = []int{500, 1000, 2000}

const openFor = 5 * time.Second

// goals of the added time, at goalRate: the disk's own and so much.
const (
	goalRate = 1000
	goalP50  = 0.1 // ms
	goalP99  = 1.0
)

// tail is how long requests, or commits, took, in ms.
type tail struct{ p50, p90, p99, p999, most float64 }

func tailOf(took []time.Duration) tail {
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	return tail{at(0.5), at(0.9), at(0.99), at(0.999), at(1)}
}

func (t tail) String() string {
	return fmt.Sprintf("%7.2f %7.2f %7.2f %7.2f %7.2f", t.p50, t.p90, t.p99, t.p999, t.most)
}

func open(rounds int) error {
	people, proxy, stop, err := started(warmPatients)
	if err != nil {
		return err
	}
	defer stop()
	client := newClient(512)
	b := bench{people: people, proxy: proxy, client: client}
	fmt.Printf("open loop, 12 entries, warm, %d rounds of %v, ms from when a request was due\n\n%-28s %7s %7s %7s %7s %7s\n", rounds, openFor, "", "p50", "p90", "p99", "p99.9", "most")
	for _, rate := range rates {
		disk, err := commits(filepath.Join(proxy.data, "disk.probe"), rate)
		if err != nil {
			return err
		}
		took := map[string][]time.Duration{}
		for range rounds {
			for _, base := range []string{proxy.plain, proxy.broker} {
				all, err := b.atRate(base, rate)
				if err != nil {
					return err
				}
				took[base] = append(took[base], all...)
			}
		}
		plain, broker := tailOf(took[proxy.plain]), tailOf(took[proxy.broker])
		fmt.Printf("%5d/s %-20s %v\n        %-20s %v\n        %-20s %v\n", rate, "the disk alone", disk, "plain Caddy", plain, "broker", broker)
		fmt.Printf("        added: p50 %+.2f (the disk's %+.2f), p99 %+.2f (the disk's %+.2f)\n", broker.p50-plain.p50, broker.p50-plain.p50-disk.p50, broker.p99-plain.p99, broker.p99-plain.p99-disk.p99)
		if rate == goalRate {
			fmt.Printf("        goal: at most the disk's and %.1f ms at p50, and %.1f ms at p99: %s\n", goalP50, goalP99,
				reached(broker.p50-plain.p50-disk.p50 <= goalP50 && broker.p99-plain.p99-disk.p99 <= goalP99))
		}
	}
	return nil
}

func reached(yes bool) string {
	if yes {
		return "reached"
	}
	return "missed"
}

// atRate makes requests at their times, and gives how long each took from then.
func (b *bench) atRate(base string, rate int) ([]time.Duration, error) {
	n := int(openFor.Seconds() * float64(rate))
	took, faults := make([]time.Duration, n), make([]error, n)
	if _, err := load(b.client, 32, b.session(base, sizes[0], 500), sizes[0].bytes, atOnce); err != nil { // connections are there
		return nil, err
	}
	var group sync.WaitGroup
	began := time.Now()
	requests := b.session(base, sizes[0], n)
	for i := range n {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		group.Go(func() {
			faults[i] = one(b.client, requests[i], sizes[0].bytes)
			took[i] = time.Since(due)
		})
	}
	group.Wait()
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}

// commits times what the disk takes for one record: a write of the length of a page and an fdatasync, in
// a file that is there already, so many a second.
func commits(path string, rate int) (tail, error) {
	const page, pages = 4096, 1024
	f, err := os.Create(path)
	if err != nil {
		return tail{}, err
	}
	defer os.Remove(path) //nolint:errcheck // it is in a temporary folder
	defer f.Close()       //nolint:errcheck // nothing in it is wanted
	text := make([]byte, page)
	for i := range pages {
		if _, err := f.WriteAt(text, int64(i)*page); err != nil {
			return tail{}, err
		}
	}
	if err := f.Sync(); err != nil {
		return tail{}, err
	}
	took := make([]time.Duration, 2*rate)
	began := time.Now()
	for i := range took {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		start := time.Now()
		if _, err := f.WriteAt(text, int64(i%pages)*page); err != nil {
			return tail{}, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return tail{}, err
		}
		took[i] = time.Since(start)
	}
	return tailOf(took), nil
}
