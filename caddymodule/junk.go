package caddymodule

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/mycarerecord/mcr/audit"
)

// broker_logout and broker_revoke are open to whoever reaches them, and each request leaves a
// record: without a bound, whoever sends junk fills the trail.
const (
	// junkAtOnce refused ones are recorded at once, and one more each junkEvery.
	junkAtOnce = 20
	junkEvery  = 10 * time.Second
	// junkToldEvery is how often one record says how many more there were.
	junkToldEvery = time.Minute
)

// junk bounds the records of logouts and revocations that were refused. A logout that an issuer signed and that
// ends something is none: it is taken and recorded, however much junk comes.
type junk struct {
	record func(context.Context, *audit.Record) error
	id     string // the broker's
	log    *slog.Logger
	clock  func() time.Time
	after  func(time.Duration, func()) *time.Timer

	mu      sync.Mutex
	limiter *rate.Limiter
	more    int // since the last record that told
	since   time.Time
	timer   *time.Timer
}

func newJunk(record func(context.Context, *audit.Record) error, id string, log *slog.Logger) *junk {
	return &junk{
		record: record, id: id, log: log, clock: time.Now, after: time.AfterFunc,
		limiter: rate.NewLimiter(rate.Every(junkEvery), junkAtOnce),
	}
}

// recorded says whether one more that was refused is to be recorded. If not it is counted, and
// one record within a minute tells of it.
func (j *junk) recorded() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.clock()
	if j.limiter.AllowN(now, 1) {
		return true
	}
	logoutsUnrecorded.Inc()
	if j.more++; j.more == 1 {
		j.since, j.timer = now, j.after(junkToldEvery, j.tell)
	}
	return false
}

// tell writes the record that says how many there were, if there were any.
func (j *junk) tell() {
	j.mu.Lock()
	more, since := j.more, j.since
	j.more = 0
	j.mu.Unlock()
	if more == 0 {
		return
	}
	rec := &audit.Record{
		ID: audit.NewID(), Broker: j.id, TimeIn: since, TimeOut: j.clock(), Action: audit.EndSessionAction,
		Outcome: audit.Refused, Status: http.StatusTooManyRequests, Reasons: []string{"logouts-not-recorded"},
		Query: fmt.Sprintf("refused=%d", more),
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
	defer cancel()
	if err := j.record(ctx, rec); err != nil {
		j.log.Error("that logouts were refused unrecorded could not be recorded", slog.Int("refused", more), slog.Any("error", err))
	}
}

// close tells what is left to tell.
func (j *junk) close() {
	j.mu.Lock()
	if j.timer != nil {
		j.timer.Stop()
	}
	j.mu.Unlock()
	j.tell()
}
