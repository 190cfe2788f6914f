package audit

import (
	"context"
	"errors"

	"github.com/mycarerecord/mcr/audit/spool"
)

// What a store can say beside that it is away.
var (
	// ErrConflict says that a store holds another document under a number of
	// the same broker. Nothing is overwritten; the shipper stands still until
	// somebody has looked.
	ErrConflict = errors.New("the store holds something else under this number")
	// ErrForgotten says that a store took records and has them not: somebody took
	// them away, and the store remembers the sending. They are sent again under a
	// name of their own (Batch.Again).
	ErrForgotten = errors.New("the store took these records and has them not")
	// ErrNotFound says that the trail has no such record.
	ErrNotFound = errors.New("no such record")
)

// Batch is a run of consecutive records of one broker, on their way to a store.
// Its bounds are fixed before it is first sent, and stay the same each time that
// it is sent again, after a crash too.
type Batch struct {
	Broker  string
	Entries []spool.Entry // consecutive, at least one; Payload is the document
	Columns []Columns     // of each entry
	// Resent says that an earlier sending of the same batch may have reached the
	// store, whole or in part.
	Resent bool
	// Again names a sending of records that the store once had and has no more; ""
	// for all others. A store that remembers sendings, so as to take none twice,
	// MUST NOT take this one for the first. It stays the same each time that the
	// same batch is sent again.
	Again string
}

// First and Last are the numbers of the batch's first and last record.
func (b Batch) First() uint64 { return b.Entries[0].Seq }

// Last is the number of the batch's last record.
func (b Batch) Last() uint64 { return b.Entries[len(b.Entries)-1].Seq }

// Store is where the trail is kept.
type Store interface {
	// Deliver stores a batch and returns nil only after it has read back that
	// every record of it is there, once, with its hash. Delivering the same
	// batch again MUST change nothing; delivering another document under a
	// number that is taken MUST fail with ErrConflict and change nothing. After
	// any other error the outcome is unknown, and the caller delivers the same
	// batch again with Resent set.
	Deliver(ctx context.Context, b Batch) error
	// Highest gives the highest number stored of a broker and its hash; 0 when
	// there is none.
	Highest(ctx context.Context, broker string) (uint64, spool.Hash, error)
	// Digests gives what is stored of a chain between two numbers, both included, by
	// blocks of each consecutive numbers: number n is in block n/each. Blocks with
	// nothing are left out; the rest come in ascending order. A row that stands twice
	// counts once; two documents under one number count as two records. A record that
	// the store's own questions would not find, since an index of its own making lacks
	// it, is not there. The range is at most MostDigested numbers.
	Digests(ctx context.Context, broker string, first, last, each uint64) ([]Digest, error)
	// Close lets go of the store.
	Close() error
}

// MostDigested is the longest range of numbers of which Digests is asked at once.
const MostDigested = 16 * BlockRecords

// Sized is a Store that says which batches suit it best while a backlog is delivered; others
// get batches of a couple of thousand records. A batch ends at the first bound that it
// meets, and holds one record at least, however long.
type Sized interface {
	// BatchSize gives the most records of a batch, and the most bytes of documents.
	BatchSize() (records, bytes int)
}

// MostOfPage is how many records a page of visits gives before it ends early, and how many
// of one visit.
const MostOfPage = 2000

// Trail is what a store can be asked. Lists are ordered by the time at which the
// requests came in, the oldest first; equal times by broker and number.
type Trail interface {
	// Show gives the one record with an id, or ErrNotFound. A record outside the
	// scope is one that there is not (attack 135): the limit alone is not looked
	// at. An id that more than one record bears gives the first written.
	Show(ctx context.Context, id string, s Scope) (*Record, error)
	// Tail gives the newest records.
	Tail(ctx context.Context, s Scope) ([]*Record, error)
	// Patient gives the records about a patient, by protect.Protector.Find: those under any of
	// these HMACs, of which one patient has one in each epoch of the keys. None of them
	// finds nothing.
	Patient(ctx context.Context, patient []string, s Scope) ([]*Record, error)
	// Refused gives the records of requests that were not released: refused,
	// failed and incomplete.
	Refused(ctx context.Context, s Scope) ([]*Record, error)
	// Search gives a page of the records inside the scope that the filter keeps,
	// at most Scope.Limit of them, the NEWEST first; equal times by broker and
	// number, the last first. before is Found.Older of the page before, "" for the
	// first page; anything else is an ErrCursor.
	Search(ctx context.Context, s Scope, f Filter, before string) (Found, error)
	// Documents is Search for whoever reads many: it gives the records' documents, as they
	// were written and as nobody has read them yet. A page may be as long as Scope.Limit says.
	Documents(ctx context.Context, s Scope, f Filter, before string) (Documents, error)
	// Visits gives a page of the visits inside the scope of which the filter keeps a
	// record, at most Scope.Limit of them, the NEWEST first: by the place of the last
	// record. A visit is made of all records inside the scope, whatever the filter keeps,
	// and stands on one page, whole. A page ends early with the visit with which it gives
	// MostOfPage records or more; of one visit it gives at most the newest MostOfPage
	// records, and Visit.Size, ID and From say what there is beside them. before is
	// Visited.Older of the page before, "" for the first page; anything else is an
	// ErrCursor. Visits and Count with the same scope and filter agree.
	Visits(ctx context.Context, s Scope, f Filter, before string) (Visited, error)
	// Count counts the records inside the scope that the filter keeps by a
	// dimension: by day in the order of the days, the newest MostKeys of them; by
	// anything else the largest first, then by key. Count.Visits are the visits inside
	// the scope of which a record is counted there: one that the filter keeps, of the
	// measure, under the key. The scope's limit plays no part. A count and Search with the
	// same scope and filter agree.
	Count(ctx context.Context, s Scope, f Filter, by Dimension) ([]Count, error)
	// People gives everybody who asked for something inside the scope, sorted by user
	// id, with the names that they bear in the newest of their records there in each
	// organisation and role. The scope's limit plays no part.
	People(ctx context.Context, s Scope) ([]Person, error)
	// Brokers gives the names of the brokers that have records, sorted.
	Brokers(ctx context.Context) ([]string, error)
	// Entries gives the documents of one broker as they were written, in the
	// order of their numbers, those after a number, at most so many: what proof reads.
	Entries(ctx context.Context, broker string, after uint64, most int) ([]spool.Entry, error)
}
