package postgres

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// How refusals are counted together.
const (
	walkedEvery = time.Second     // how often what was refused is told and heard
	walkedAgain = 3 * time.Second // how much of what was heard is asked for again: what was under way then
	mostTelling = 10_000          // refusals that wait to be told; of more each broker counts its own alone
	mostWalked  = 1 << 18         // refusals that are kept in memory, some 100 bytes each
)

// Walked counts with all brokers that share the registry for how many things each person was
// refused (broker.Others). What is told is a keyed digest of the person and one of what they asked
// for, at the database's time; the key is in the database, so that no NHS number and no name stands
// in that table, which a crash of the server empties. A broker hears of what others were told within
// about two seconds. While the database is away each counts alone, and mcr_walking_shared is 0.
type Walked struct {
	store *Store
	keep  time.Duration

	mu      sync.Mutex
	key     []byte
	telling map[[2]string]struct{}
	people  map[digest]map[digest]time.Time // when each was refused last
	held    int
	over    int // those for which there was no room
	heard   time.Time
}

// digest is the first half of an HMAC-SHA256.
type digest = [16]byte

// Walk begins to count, until the store is closed. keep is how long a refusal counts.
func (s *Store) Walk(keep time.Duration) *Walked {
	w := &Walked{store: s, keep: keep, telling: map[[2]string]struct{}{}, people: map[digest]map[digest]time.Time{}}
	s.walked.Store(w)
	s.follower.background(w.run)
	return w
}

// Refused has every broker count that a person was refused for something, soon.
func (w *Walked) Refused(person, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.telling) >= mostTelling {
		w.over++
		return
	}
	w.telling[[2]string{person, what}] = struct{}{}
}

// Count is for how many different things a person was refused within the time before now, at all
// brokers, as far as is heard.
func (w *Walked) Count(person string, within time.Duration) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.people) == 0 {
		return 0
	}
	now := w.store.opt.Clock()
	for _, at := range w.people[w.digest("person", person)] {
		if now.Sub(at) < within {
			n++
		}
	}
	return n
}

// digest tells nobody without the key what it is of. The lock is held.
func (w *Walked) digest(kind, text string) (d digest) {
	mac := hmac.New(sha256.New, w.key)
	mac.Write([]byte(kind + "\x00" + text))
	copy(d[:], mac.Sum(nil))
	return d
}

func (w *Walked) run(ctx context.Context) {
	log, failing := w.store.opt.Logger, false
	var swept time.Time
	for tick := time.NewTicker(walkedEvery); ; {
		err := w.round(ctx)
		if ctx.Err() != nil {
			tick.Stop()
			return
		}
		if (err != nil) != failing {
			failing = !failing
			if failing {
				log.Error("whom people were refused for is counted by each broker alone: somebody who tries a few patients at each is not noticed", "error", err)
			} else {
				log.Info("whom people were refused for is counted together again")
			}
		}
		if now := w.store.opt.Clock(); err == nil && now.Sub(swept) > time.Minute {
			swept = now
			w.forget(now)
			if _, err := w.store.readers.Exec(ctx, "DELETE FROM registry.walked WHERE at < clock_timestamp() - $1::interval", max(w.keep, time.Hour)); err != nil {
				log.Error("old refusals could not be taken away", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

// round tells what was refused here, and hears what was elsewhere.
func (w *Walked) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.store.opt.Statement)
	defer cancel()
	if err := w.secret(ctx); err != nil {
		return err
	}
	if err := w.tell(ctx); err != nil {
		return err
	}
	return w.hear(ctx)
}

// secret reads the key, once.
func (w *Walked) secret(ctx context.Context) error {
	w.mu.Lock()
	had := w.key != nil
	w.mu.Unlock()
	if had {
		return nil
	}
	var key []byte
	if err := w.store.readers.QueryRow(ctx, "SELECT key FROM registry.walking_key").Scan(&key); err != nil {
		return w.store.plainly(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.key = key
	return nil
}

// tellWalked renews what is there: one who is refused again for the same counts from then on. The
// order keeps two brokers from waiting for each other.
const tellWalked = `INSERT INTO registry.walked (person, asked, at)
	SELECT p, a, clock_timestamp() FROM unnest($1::uuid[], $2::uuid[]) t (p, a) ORDER BY p, a
	ON CONFLICT (person, asked) DO UPDATE SET at = excluded.at`

func (w *Walked) tell(ctx context.Context) error {
	w.mu.Lock()
	all := w.telling
	w.telling = map[[2]string]struct{}{}
	var pairs [][2]digest
	for t := range all {
		pairs = append(pairs, [2]digest{w.digest("person", t[0]), w.digest("asked", t[1])})
	}
	w.mu.Unlock()
	if len(pairs) == 0 {
		return nil
	}
	slices.SortFunc(pairs, func(a, b [2]digest) int {
		return bytes.Compare(append(a[0][:], a[1][:]...), append(b[0][:], b[1][:]...))
	})
	var people, asked []digest
	for _, p := range pairs {
		people, asked = append(people, p[0]), append(asked, p[1])
	}
	_, err := w.store.readers.Exec(ctx, tellWalked, people, asked)
	if err == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for t := range all { // again, next time
		if len(w.telling) < mostTelling {
			w.telling[t] = struct{}{}
		}
	}
	return w.store.plainly(err)
}

func (w *Walked) hear(ctx context.Context) error {
	now := w.store.opt.Clock()
	w.mu.Lock()
	since := w.keep
	if !w.heard.IsZero() {
		since = min(since, now.Sub(w.heard)+walkedAgain)
	}
	w.mu.Unlock()
	rows, err := w.store.readers.Query(ctx, `SELECT person, asked, extract(epoch FROM clock_timestamp() - at)::float8 FROM registry.walked
		WHERE at > clock_timestamp() - $1::interval ORDER BY at DESC LIMIT $2`, since, mostWalked)
	if err != nil {
		return w.store.plainly(err)
	}
	type refused struct {
		person, asked digest
		ago           float64 // seconds
	}
	// Before the lock is held, for which every request waits (Count).
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r refused, err error) {
		err = row.Scan(&r.person, &r.asked, &r.ago)
		return r, err
	})
	if err != nil {
		return w.store.plainly(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range all {
		w.add(r.person, r.asked, now.Add(-time.Duration(r.ago*float64(time.Second))))
	}
	w.heard = now
	return nil
}

// add notes a refusal. The lock is held.
func (w *Walked) add(person, asked digest, at time.Time) {
	all := w.people[person]
	last, had := all[asked]
	if !had && w.held >= mostWalked {
		w.over++
		return
	}
	if all == nil {
		all = map[digest]time.Time{}
		w.people[person] = all
	}
	if !had {
		w.held++
	}
	if at.After(last) {
		all[asked] = at
	}
}

// forget leaves out what does not count any more.
func (w *Walked) forget(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for person, all := range w.people {
		for asked, at := range all {
			if now.Sub(at) >= w.keep {
				delete(all, asked)
				w.held--
			}
		}
		if len(all) == 0 {
			delete(w.people, person)
		}
	}
}

// state gives what the metrics say: whether it is counted together now, how many refusals are kept,
// and for how many there was no room.
func (w *Walked) state() (together bool, held, over int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.store.opt.Clock().Sub(w.heard) < 3*walkedEvery, w.held, w.over
}
