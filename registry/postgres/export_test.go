package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"
)

// Configured is how the driver is told of an address.
func Configured(address string) (*pgx.ConnConfig, error) {
	d, err := newDialer(address, Options{}.withDefaults())
	if err != nil {
		return nil, err
	}
	return d.config, nil
}

// ParseSeen reads the file that keeps what was seen, and gives it as it would be written.
func ParseSeen(text []byte) ([]byte, error) {
	p, err := parseSeen(text)
	if err != nil {
		return nil, err
	}
	return p.seen(), nil
}

// Every has a store ask for changes that often, before it is told to Watch.
func (s *Store) Every(d time.Duration) { s.follower.every = d }

// Age is how long ago a moment was.
func Age(now, then time.Time) time.Duration { return age(now, then) }
