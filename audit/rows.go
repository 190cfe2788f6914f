package audit

import (
	"context"
	"time"
)

// Rows is how many records a store has of one broker's chain, one day (UTC) and one
// organisation whose part they are of.
type Rows struct {
	Broker    string // the chain
	Day       string // 2006-01-02, by when the requests came in
	SourceOrg string
	Requests  int64 // of requests that brokers answered: OfRequest
	Others    int64 // looks, refusals of the collector, acts of operators
	// Retired were stored, and were taken out under a receipt; they are not among the
	// other two.
	RetiredRequests, RetiredOthers int64
}

// RowCounter is a store that counts its own records, by itself: one question, whose
// answer is as long as there are days and organisations.
type RowCounter interface {
	// CountRows counts what came in from since on, before until: both at midnight UTC.
	CountRows(ctx context.Context, since, until time.Time) ([]Rows, error)
}

// The sources that stand for others than a broker's own in records.
const (
	SourceConsole   = "console"   // a look at the trail
	SourceCollector = "collector" // a collection that was refused as a whole
)

// OfRequest says, by its source, whether a record is of a request that a broker answered:
// of each there is one, and brokers count what they answer.
func OfRequest(source string) bool {
	return source != "" && source != SourceConsole && source != SourceCollector
}
