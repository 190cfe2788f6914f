package people_test

import (
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/upstreams"
)

func Example() {
	sources, err := upstreams.Embedded()
	if err != nil {
		panic(err)
	}
	p, err := people.New(people.Options{Seed: 1, Today: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), From: sources})
	if err != nil {
		panic(err)
	}
	for _, person := range p.People[:4] {
		fmt.Println(person.Name(), person.Born, person.GP, person.Flags)
	}
	// Output:
	// Alice Ashdown 1958-02-11 gp-riverside [own-record]
	// Brian Birch 1949-07-30 gp-riverside [permission]
	// Carol Cedar 1971-12-02 gp-riverside [test-order]
	// David Dale 1963-04-19 gp-riverside [opted-out]
}
