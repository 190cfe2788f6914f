package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// size is one size of answer.
type size struct {
	name     string
	patients string // the letter of those who have so many
	entries  int
	note     int // bytes of each entry's note
	bytes    int // of the source's answer, at least; the broker's is a little smaller
}

// sizes are those of which the last two lines tell.
var sizes = []size{{"12 entries", "s", 12, 0, 3_400}, {"50 entries", "p", 50, 470, 34_000}}

// furtherSizes are of the answers that sizes compares.
var furtherSizes = []size{
	{"1 KB", "a", 2, 0, 600}, {"4 KB", "b", 9, 0, 3_000}, {"16 KB", "c", 38, 0, 12_000},
	{"64 KB", "d", 50, 900, 50_000}, {"1 MB", "e", 50, 20_000, 900_000},
}

var everySize = append(append([]size{}, sizes...), furtherSizes...)

// bySize compares answers of 1 KB to 1 MB, warm.
func bySize(rounds, requests, connections int) error {
	people, proxy, stop, err := started(warmPatients)
	if err != nil {
		return err
	}
	defer stop()
	b := bench{people: people, proxy: proxy, client: newClient(connections), rounds: rounds, connections: connections}
	var table []row
	for _, s := range furtherSizes {
		r, err := b.warm(s, max(requests*4_000/max(s.bytes, 4_000), 400), "")
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		table = append(table, r)
	}
	tabulate(os.Stdout, fmt.Sprintf("%d connections", connections), table)
	return nil
}

// byConnections compares 1, 32, 128 and 512 requests at a time, warm.
func byConnections(rounds, requests int) error {
	people, proxy, stop, err := started(warmPatients)
	if err != nil {
		return err
	}
	defer stop()
	var table []row
	for _, n := range []int{1, 32, 128, 512} {
		b := bench{people: people, proxy: proxy, client: newClient(n), rounds: rounds, connections: n}
		r, err := b.warm(sizes[0], requests, "")
		if err != nil {
			return fmt.Errorf("%d connections: %w", n, err)
		}
		r.Answer = fmt.Sprintf("%d at a time", n)
		table = append(table, r)
	}
	tabulate(os.Stdout, sizes[0].name, table)
	return nil
}

// heading is what is said over each table.
func heading(what string, table []row) string {
	return fmt.Sprintf("%s, %d cores, medians of %d alternating rounds, %s", what, runtime.NumCPU(), len(table[0].Ratios), time.Now().UTC().Format(time.DateOnly))
}
