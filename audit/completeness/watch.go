package completeness

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Watch compares the last two days again and again, for the metrics and the log.
type Watch struct {
	sources Sources
	log     *slog.Logger
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	differs map[Kind]int64
	checked time.Time
}

// askWithin bounds one comparison.
const askWithin = time.Minute

// Begin begins to watch.
func Begin(s Sources, every time.Duration, log *slog.Logger) *Watch {
	if s.Clock == nil {
		s.Clock = time.Now
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &Watch{sources: s, log: log, stop: stop, ended: make(chan struct{}), differs: map[Kind]int64{}}
	go func() {
		defer close(w.ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.Check(ctx)
			}
		}
	}()
	return w
}

// Check compares now.
func (w *Watch) Check(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	now := w.sources.Clock()
	lines, err := Lines(ctx, w.sources, now.AddDate(0, 0, -1), now)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Warn("the counts of the trail could not be compared", "error", err)
		}
		return
	}
	differs := map[Kind]int64{}
	for _, line := range lines {
		for _, d := range line.Differences {
			differs[d.Kind] += d.N
			if w.difference(d.Kind) == 0 { // said once, until it is gone
				w.log.Error("the trail is not complete", "day", line.Day, "organisation", line.Organisation, "what", d.String())
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.differs, w.checked = differs, now
}

func (w *Watch) difference(k Kind) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.differs[k]
}

// Red says what differed when it was compared last, and when that was; nil when
// nothing did. For health: it is told by kind, without days and organisations, which the log
// and the console's page have.
func (w *Watch) Red() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var what []string
	for _, k := range Kinds {
		if n := w.differs[k]; n > 0 {
			what = append(what, Difference{k, n}.String())
		}
	}
	if len(what) == 0 {
		return nil
	}
	return fmt.Errorf("of yesterday and today, compared at %s: %s (the console's page Completeness, mcr audit verify)",
		w.checked.UTC().Format(time.RFC3339), strings.Join(what, "; "))
}

// Close ends the watching.
func (w *Watch) Close() {
	w.stop()
	<-w.ended
}
