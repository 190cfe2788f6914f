package main

import (
	"fmt"
	"os"
)

// scale compares a warm request where there is more of something that it has nothing to do with. Each
// is to cost what the first of its kind costs: none of these grows with it.
func scale(rounds, requests, connections int) error {
	var table []row
	one := func(name string, patients int, as layout, before func(*bench) error) error {
		people, proxy, stop, err := startedAs(patients, as)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer stop()
		b := bench{people: people, proxy: proxy, client: newClient(connections), rounds: rounds, connections: connections}
		if before != nil {
			if err := before(&b); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		r, err := b.warm(sizes[0], requests, "")
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.Answer = name
		table = append(table, r)
		fmt.Fprintf(os.Stderr, "%s: ready %v after the start\n", name, proxy.readyIn)
		return nil
	}
	for _, n := range []int{0, 10, 100} {
		if err := one(fmt.Sprintf("%d sources", 2+n), warmPatients, layout{sources: n}, nil); err != nil {
			return err
		}
	}
	for _, n := range []int{1_000, 100_000} {
		if err := one(fmt.Sprintf("%d patients", n), n, layout{}, nil); err != nil {
			return err
		}
	}
	for _, n := range []int{1, 190} {
		if err := one(fmt.Sprintf("%d more rules", n), warmPatients, layout{rules: n}, nil); err != nil {
			return err
		}
	}
	if err := one("200000 records", warmPatients, layout{}, func(b *bench) error {
		_, broker := b.proxy.processes()
		_, err := load(b.client, b.connections, b.session(b.proxy.broker, sizes[0], 200_000), sizes[0].bytes, broker.settled)
		return err
	}); err != nil {
		return err
	}
	tabulate(os.Stdout, fmt.Sprintf("%d connections, %s", connections, sizes[0].name), table)
	return nil
}
