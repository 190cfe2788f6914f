package follow

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Options say how logs are kept.
type Options struct {
	// Data is the broker's data folder: the key (log.key), what was signed (log.signed) and
	// the logs (proof) are in it.
	Data string
	// Origin begins the name of every log; it should be a domain name of the
	// deployment's (signed.CheckPrefix).
	Origin string
	// Every is how long leaves gather before a checkpoint is signed. Default 5 s.
	Every time.Duration
	// Heartbeat is how long a log stays without a new checkpoint when there are no new
	// records: then it is signed, and cosigned, again. A checkpoint bears no time, a
	// cosignature does: this is how old the newest one gets. Default 1 minute.
	Heartbeat time.Duration
	// Policy says who cosigns, where, and how many must. Nil: nobody.
	Policy *policy.Policy
	// Within is how long the quorum may be missing before Red says so. Default 5 minutes.
	Within time.Duration
	// HTTP asks the witnesses; its timeout bounds each question. Default: 10 s.
	HTTP *http.Client
	// Clock gives the time. Default time.Now.
	Clock func() time.Time
	// Log takes what an operator must know. Default slog.Default.
	Log *slog.Logger
}

func (o Options) filled() Options {
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = time.Minute
	}
	if o.Within <= 0 {
		o.Within = 5 * time.Minute
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// The names in the data folder.
const (
	keyName   = "log.key"
	stateName = "log.signed"
	logsName  = "proof"
)

// KeyFile is where a data folder has the key of its logs.
func KeyFile(data string) string { return filepath.Join(data, keyName) }

// Spool is what a Follower reads: a spool.Spool.
type Spool interface {
	Read(after uint64, limit int) ([]spool.Entry, error)
	Wait(ctx context.Context, after uint64) error
	Last() (uint64, spool.Hash)
}

// Older is where records are read that the spool has let go: the store, as audit.Trail.
type Older interface {
	Entries(ctx context.Context, broker string, after uint64, most int) ([]spool.Entry, error)
}

// ErrForked says that the records do not give the tree that was signed: some were taken
// away, put in, altered, or put back to an earlier day. Nothing is signed from then on.
var ErrForked = errors.New("the records are not those that were signed")

// folder gives where a log's files are. organisation is "" for the broker's log.
func folder(data, prefix, chain, organisation string) string {
	name := "all"
	if organisation != "" {
		name = "org-" + signed.Segment(organisation)
	}
	return filepath.Join(data, logsName, signed.Segment(prefix), signed.Segment(chain), name)
}
