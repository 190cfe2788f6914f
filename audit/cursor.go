package audit

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrCursor says that the place from which a search is to go on was not given
// by a search.
var ErrCursor = errors.New("no search gave this cursor")

// Found is a page of a search.
type Found struct {
	Records []*Record // the newest first
	// Older is what Search takes to give the next page, "" when there is no more.
	// It is opaque, fit for an address, and names no person. It carries no right:
	// a search with another scope begins at the same place in its own part.
	Older string
}

// Documents is a page of a search, of records as they were written.
type Documents struct {
	Texts [][]byte // the newest first
	// Older is what Trail.Documents takes to give the next page, as Found.Older is.
	Older string
}

// Visited is a page of visits.
type Visited struct {
	Visits []Visit // the newest first
	// Older is what Trail.Visits takes to give the next page, "" when there is no more:
	// the place of the last visit that was given, as Found.Older is of a record.
	Older string
}

// Place is where a record stands among all: by the time at which it came in, to
// the microsecond, then by broker and number.
type Place struct {
	TimeIn time.Time
	Broker string
	Seq    uint64
}

// PlaceOf gives the place of a record.
func PlaceOf(r *Record) Place { return Place{r.TimeIn, r.Broker, r.Sequence} }

// Compare orders places, the oldest first.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.TimeIn.UnixMicro(), o.TimeIn.UnixMicro()), cmp.Compare(p.Broker, o.Broker), cmp.Compare(p.Seq, o.Seq))
}

// Cursor gives the place as Found.Older has it.
func (p Place) Cursor() string {
	b := binary.BigEndian.AppendUint64([]byte{cursorVersion}, uint64(p.TimeIn.UnixMicro()))
	b = binary.BigEndian.AppendUint64(b, p.Seq)
	return base64.RawURLEncoding.EncodeToString(append(b, p.Broker...))
}

// ParseCursor reads what Cursor gave; anything else is an ErrCursor.
func ParseCursor(s string) (Place, error) {
	if len(s) > maxCursor || strings.ContainsAny(s, "\r\n") { // which the decoder passes over, strict or not
		return Place{}, fmt.Errorf("reading cursor: %w", ErrCursor)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 17 || b[0] != cursorVersion || !utf8.Valid(b[17:]) {
		return Place{}, fmt.Errorf("reading cursor: %w", ErrCursor)
	}
	p := Place{
		TimeIn: time.UnixMicro(int64(binary.BigEndian.Uint64(b[1:]))).UTC(),
		Seq:    binary.BigEndian.Uint64(b[9:]), Broker: string(b[17:]),
	}
	return p, nil
}

const (
	cursorVersion = 1
	maxCursor     = 1024
)
