package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// pieces sends one batch piece by piece: each is on its way while the next is made.
type pieces struct {
	ctx     context.Context
	batch   driver.Batch
	sending bool
	sent    chan error // of the piece on its way
}

// send begins to send a piece, when the one before it is sent. It has copied the columns
// when it returns.
func (p *pieces) send(columns []any) error {
	if err := p.wait(); err != nil {
		return err
	}
	for i, column := range columns {
		if err := p.batch.Column(i).Append(column); err != nil {
			return errors.Join(fmt.Errorf("column %d: %w", i, err), p.batch.Abort())
		}
	}
	p.sending = true
	go func() {
		err := p.batch.Flush()
		if err != nil {
			err = errors.Join(err, p.batch.Abort())
		}
		p.sent <- err
	}()
	return nil
}

// wait returns when the piece on its way is sent, or the context ends: the driver itself
// would wait for a server that does not read until the network gives up. The batch is of
// no use after an error.
func (p *pieces) wait() error {
	if !p.sending {
		return nil
	}
	p.sending = false
	select {
	case err := <-p.sent:
		return err
	case <-p.ctx.Done():
		go func() { // whenever it is sent: the connection is let go of
			if <-p.sent == nil {
				_ = p.batch.Abort() // nobody waits for it any more
			}
		}()
		return p.ctx.Err()
	}
}
