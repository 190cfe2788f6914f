package completeness

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/durable"
)

// Options are for a Counter.
type Options struct {
	// Fresh says that nothing was recorded before: the first day is counted whole.
	Fresh bool
	// Every is how often the counts are written. Default 2 s.
	Every time.Duration
	Clock func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default
}

// Counter counts what one broker answers and what its spool gives to the store.
type Counter struct {
	dir string
	opt Options

	mu   sync.Mutex
	days map[string]*day

	writing sync.Mutex
	stop    chan struct{}
	once    sync.Once
	ended   chan struct{}
}

// Open goes on with the counts in a folder, which is made when it is not there. What a
// crash left is marked as a lower bound.
func Open(dir string, opt Options) (*Counter, error) {
	if opt.Every <= 0 {
		opt.Every = 2 * time.Second
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	c := &Counter{dir: dir, opt: opt, days: map[string]*day{}, stop: make(chan struct{}), ended: make(chan struct{})}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the counts: %w", err)
	}
	if err := c.recover(); err != nil {
		return nil, fmt.Errorf("opening the counts: %w", err)
	}
	go c.run()
	return c, nil
}

// recover marks the days that a process died counting.
func (c *Counter) recover() error {
	names, err := filepath.Glob(filepath.Join(c.dir, "????-??-??.json"))
	if err != nil {
		return err
	}
	now := c.opt.Clock().UTC()
	if len(names) == 0 && !c.opt.Fresh {
		c.at(now).unsure(now) // whatever was before on this day was not counted
	}
	for _, name := range names {
		d, err := read(name)
		switch {
		case err != nil:
			// A file that cannot be read says nothing: it counts as none.
			c.opt.Log.Error("the counts of a day cannot be read: they begin anew, as a lower bound", "file", filepath.Base(name), "error", err)
			d = newDay(strings.TrimSuffix(filepath.Base(name), ".json"))
			d.unsure(now)
			c.days[d.Day] = d
		case d.Open:
			d.unsure(d.Written)
			c.days[d.Day] = d
			// It may have died just after midnight, with nothing written of that day yet.
			if next := d.Written.Add(time.Minute); dayOf(next) != d.Day && c.days[dayOf(next)] == nil {
				c.at(next).unsure(d.Written)
			}
		}
	}
	c.begin()
	return c.flush(true)
}

// begin sees to it that the file of today says that somebody counts: before the first
// answer, since one that is counted and not written is only missed where that stands.
func (c *Counter) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.opt.Clock(); c.days[dayOf(now)] == nil {
		c.at(now)
	}
}

// Served counts an answer that has left: whose records were asked for, when the request
// came in, and whether its record is durable.
func (c *Counter) Served(came time.Time, organisation string, recorded bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.at(came).of(organisation)
	if recorded {
		n.Served++
	} else {
		n.Unrecorded++
	}
}

// Shipped counts the records of a batch that the store has, each once however often it
// is sent. It is to be called before the batch is acknowledged.
func (c *Counter) Shipped(b audit.Batch) {
	c.mu.Lock()
	for i := range b.Entries {
		col := &b.Columns[i]
		d := c.at(col.TimeIn)
		if seq := b.Entries[i].Seq; seq > d.Shipped[b.Broker] {
			d.Shipped[b.Broker] = seq
			if n := d.of(col.SourceOrg); audit.OfRequest(col.Source) {
				n.Records++
			} else {
				n.Others++
			}
		}
	}
	c.mu.Unlock()
	if err := c.flush(false); err != nil {
		c.opt.Log.Error("the counts of records cannot be written", "error", err)
	}
}

// Close writes everything; the days are whole then.
func (c *Counter) Close() error {
	var err error
	c.once.Do(func() {
		close(c.stop)
		<-c.ended
		c.mu.Lock()
		for _, d := range c.days {
			d.Open, d.changed = false, true
		}
		c.mu.Unlock()
		err = c.flush(true)
	})
	return err
}

func (c *Counter) run() {
	defer close(c.ended)
	tick := time.NewTicker(c.opt.Every)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			c.begin()
			if err := c.flush(true); err != nil {
				c.opt.Log.Error("the counts of requests cannot be written", "error", err)
			}
		}
	}
}

// at gives the day of a time, as it is in memory or in its file. The caller holds mu.
func (c *Counter) at(t time.Time) *day {
	name := dayOf(t)
	d := c.days[name]
	if d == nil {
		var err error
		if d, err = read(c.path(name)); err != nil {
			d = newDay(name)
			if !errors.Is(err, os.ErrNotExist) {
				d.unsure(c.opt.Clock())
			}
		}
		c.days[name] = d
	}
	d.Open, d.changed = true, true
	return d
}

// keptOpen is how long a day stays in memory after it is over.
const keptOpen = 72 * time.Hour

// flush writes the days that changed.
func (c *Counter) flush(sync bool) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	now := c.opt.Clock().UTC()
	var texts [][]byte
	var names []string
	c.mu.Lock()
	for name, d := range c.days {
		if old := now.Sub(d.begins()) > keptOpen; old && !d.changed {
			d.Open, d.changed = false, true
			delete(c.days, name)
		}
		// What was written unsynced is synced at the next turn.
		if !d.changed && !(sync && d.loose) {
			continue
		}
		d.changed, d.loose = false, !sync
		d.Written = now
		names, texts = append(names, name), append(texts, d.encode())
	}
	c.mu.Unlock()
	var faults []error
	replace := durable.ReplaceSoon
	if sync {
		replace = durable.Replace
	}
	for i, name := range names {
		if err := replace(c.path(name), texts[i]); err != nil {
			faults = append(faults, err)
			c.mu.Lock()
			if d := c.days[name]; d != nil {
				d.changed = true
			}
			c.mu.Unlock()
		}
	}
	return errors.Join(faults...)
}

func (c *Counter) path(name string) string { return filepath.Join(c.dir, name+".json") }

// Days gives what was counted from one day to another, both included, in their order.
func (c *Counter) Days(from, to string) ([]Day, error) {
	if err := c.flush(false); err != nil {
		return nil, fmt.Errorf("reading the counts: %w", err)
	}
	return ReadDays(c.dir, from, to)
}

// ReadDays gives what a broker counted, from its folder, whether or not it runs.
func ReadDays(dir, from, to string) ([]Day, error) {
	names, err := filepath.Glob(filepath.Join(dir, "????-??-??.json"))
	if err != nil {
		return nil, fmt.Errorf("reading the counts: %w", err)
	}
	slices.Sort(names)
	var all []Day
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if name < from || name > to {
			continue
		}
		d, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("reading the counts of %s: %w", name, err)
		}
		all = append(all, d.public())
	}
	return all, nil
}
