package spool_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/mycarerecord/mcr/audit/spool"
)

// A writer makes entries durable; a reader takes them elsewhere and says so.
func Example() {
	dir, err := os.MkdirTemp("", "spool")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := spool.Open(dir, spool.Options{SegmentBytes: 64 << 10, MaxBytes: 1 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	ctx := context.Background()
	for _, record := range []string{"refused: opted-out", "released: 3 entries"} {
		if _, err := s.Append(ctx, []byte(record)); err != nil {
			log.Fatal(err) // no record, no release
		}
	}

	delivered := s.Stats().Acked
	if err := s.Wait(ctx, delivered); err != nil {
		log.Fatal(err)
	}
	entries, err := s.Read(delivered, 1000)
	if err != nil {
		log.Fatal(err)
	}
	var before spool.Hash
	for _, e := range entries {
		fmt.Println(e.Seq, string(e.Payload), e.Hash == spool.Link(before, e.Seq, e.Payload))
		before = e.Hash
	}
	if err := s.Ack(entries[len(entries)-1].Seq); err != nil {
		log.Fatal(err)
	}
	fmt.Println("pending:", s.Stats().Pending)
	// Output:
	// 1 refused: opted-out true
	// 2 released: 3 entries true
	// pending: 0
}
