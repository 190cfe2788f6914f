package audit

import (
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Mark is how far a chain of records is known to be in its store.
type Mark struct {
	// Broker is the name of the chain: the broker's own, and after a gap was
	// accepted that name with the time of it, such as "region-1+20260302T120000Z".
	Broker string
	// Begun is the spool's number before the first record of the chain.
	Begun uint64
	// Seq and Hash are of the last record of the spool that the store was seen to
	// have; below Begun it is one of the chain before.
	Seq  uint64
	Hash spool.Hash
	At   time.Time
}
