package clickhouse

import (
	"context"
	"errors"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// stuck is a batch whose server does not read until it is told to.
type stuck struct {
	driver.Batch
	reads   chan error
	aborted chan bool
}

func (s stuck) Flush() error { return <-s.reads }

func (s stuck) Abort() error {
	s.aborted <- true
	return nil
}

// A server that does not read holds nobody up beyond the context, and its connection is
// let go of, once, whether it reads in the end or not.
func TestPiecesEndWithTheContext(t *testing.T) {
	for name, end := range map[string]error{"it reads in the end": nil, "the network gives up": errors.New("broken pipe")} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := stuck{reads: make(chan error), aborted: make(chan bool, 2)}
			p := pieces{ctx: ctx, batch: s, sent: make(chan error, 1)}
			if err := p.send(nil); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := p.wait(); !errors.Is(err, context.Canceled) {
				t.Errorf("waiting: %v", err)
			}
			s.reads <- end
			<-s.aborted
			if len(s.aborted) > 0 {
				t.Error("let go of twice")
			}
		})
	}
}
