package audit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"github.com/mycarerecord/mcr/audit/spool"
)

// ErrUnavailable says that a record is not known to be durable: the spool is
// full, the disk failed, or the time ran out. The caller answers 503 and
// releases nothing. Its cause is wrapped with it.
var ErrUnavailable = errors.New("the audit trail cannot be written")

// Journal writes records durably: the one way into the trail.
type Journal struct {
	spool  *spool.Spool
	broker string
	bufs   sync.Pool // *[]byte
}

// NewJournal makes a journal over a spool. broker names the chain of records
// that the spool holds, as Start says (StartCheck): every record bears it,
// whatever it said before.
func NewJournal(sp *spool.Spool, broker string) *Journal {
	j := &Journal{spool: sp, broker: broker}
	j.bufs.New = func() any { b := make([]byte, 0, 4096); return &b }
	return j
}

// Append writes r and returns when it would survive a loss of power. It sets the
// record's schema version, broker, sequence and salt. Every error wraps ErrUnavailable.
//
// The caller MUST release nothing before Append has returned nil, and SHOULD
// pass a context that the client's hanging up does not cancel. After an error
// the record may still turn up in the trail: a trail that holds more than what
// was released misleads nobody about what left.
func (j *Journal) Append(ctx context.Context, r *Record) error {
	r.Schema, r.Broker, r.Sequence, r.Salt = SchemaVersion, j.broker, 0, newSalt()
	if r.Reasons == nil {
		r.Reasons = []string{} // readers find a list, never null
	}
	buf := j.bufs.Get().(*[]byte)
	*buf = AppendJSON((*buf)[:0], r)
	e, err := j.spool.Append(ctx, *buf)
	if err == nil || !errors.Is(err, spool.ErrUncertain) {
		// Only then is nobody reading the buffer any more.
		if cap(*buf) <= maxKeptBuffer {
			j.bufs.Put(buf)
		}
	}
	if err != nil {
		return fmt.Errorf("appending record: %w: %w", ErrUnavailable, err)
	}
	r.Sequence = e.Seq
	return nil
}

// maxKeptBuffer keeps a single huge record from holding memory for ever.
const maxKeptBuffer = 64 << 10

// Check says whether a record would be accepted now: the health of the broker.
// Every error wraps ErrUnavailable.
func (j *Journal) Check(ctx context.Context) error {
	if err := j.spool.Check(ctx); err != nil {
		return fmt.Errorf("checking the journal: %w: %w", ErrUnavailable, err)
	}
	return nil
}

// Broker is the name of the chain that the journal writes.
func (j *Journal) Broker() string { return j.broker }

// newSalt gives 128 random bits in base64url, 22 characters.
func newSalt() string {
	var random [16]byte
	rand.Read(random[:]) // never fails: the runtime ends the process instead
	return base64.RawURLEncoding.EncodeToString(random[:])
}
