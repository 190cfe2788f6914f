package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "rounds of each measurement, odd")
	requests := flag.Int("requests", 30_000, "requests of a warm round")
	cold := flag.Int("cold", 6000, "requests of a cold round")
	connections := flag.Int("connections", 32, "requests at a time")
	keep := flag.String("keep", "", "add the figures to bench/history.ndjson, under this version")
	profile := flag.String("profile", "", "write a CPU profile of mcr in the first warm round of the small answer to this file, and in the first cold one to the same with .cold behind")
	flag.Parse()
	var err error
	switch flag.Arg(0) {
	case "":
		err = run(*rounds, *requests, *cold, *connections, *keep, *profile)
	case "hostile":
		err = hostile(*rounds)
	case "open":
		err = open(*rounds)
	case "timing":
		err = timing(min(*requests, 6000))
	case "sizes":
		err = bySize(*rounds, *requests, *connections)
	case "connections":
		err = byConnections(*rounds, *requests)
	case "tls":
		err = overTLS(*rounds, *requests)
	case "scale":
		err = scale(*rounds, min(*requests, 10_000), *connections)
	default:
		err = fmt.Errorf("%q is none of hostile, open, timing, sizes, connections, tls and scale", flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// started is mcr before a source, with so many patients. stop ends all of it.
func started(patients int) (people *population, p *proxy, stop func(), err error) {
	return startedAs(patients, layout{})
}

// startedAs is the same, with a layout.
func startedAs(patients int, as layout) (people *population, p *proxy, stop func(), err error) {
	dir, err := os.MkdirTemp("", "mcr-bench-")
	if err != nil {
		return nil, nil, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, err
	}
	upstream := &http.Server{Handler: newSource()}
	go func() { _ = upstream.Serve(listener) }()
	people = newPopulation(patients + strangers)
	stop = func() {
		if p != nil {
			p.stop()
		}
		people.close()
		_ = upstream.Close()
		_ = os.RemoveAll(dir)
	}
	if p, err = startProxy(dir, listener.Addr().String(), people, as); err != nil {
		stop()
		return nil, nil, nil, err
	}
	return people, p, stop, nil
}

func run(rounds, requests, cold, connections int, keep, profile string) error {
	// Every cold request has a patient of its own: two sizes, all rounds.
	people, proxy, stop, err := started(2*rounds*cold + warmPatients)
	if err != nil {
		return err
	}
	defer stop()

	client := newClient(connections)
	b := bench{people: people, proxy: proxy, client: client, rounds: rounds, connections: connections}
	var table []row
	for _, size := range sizes {
		coldProfile := ""
		if profile != "" {
			coldProfile = profile + ".cold"
		}
		warm, err := b.warm(size, requests, profile)
		if err != nil {
			return fmt.Errorf("%s, warm: %w", size.name, err)
		}
		fresh, err := b.cold(size, cold, coldProfile)
		if err != nil {
			return fmt.Errorf("%s, cold: %w", size.name, err)
		}
		table = append(table, warm, fresh)
		profile = ""
	}
	if keep != "" {
		if err := remember("bench/history.ndjson", keep, connections, table, time.Now()); err != nil {
			return err
		}
	}
	return report(os.Stdout, "bench/latest.json", connections, table, time.Now())
}
