package spool

import (
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// Options say how much disk a spool may use and for how long. The zero Options
// are right for one broker on one machine.
type Options struct {
	// SegmentBytes is the size of one segment file, written full of zeros ahead
	// of its use. Default 4 MiB; at least 16 KiB, at most 256 MiB, rounded up
	// to 4 KiB. A segment is packed and deleted as a whole, and read whole into
	// memory for that and at recovery; the one in use and the one prepared are
	// never packed.
	SegmentBytes int64
	// MaxBytes bounds what all segments take together, the one prepared ahead
	// included, files set aside excluded. Beyond it Append gives ErrFull.
	// Default 8 GiB; at least three segments. Danger: this is how long the
	// brokers keep on working while the store is away.
	MaxBytes int64
	// MinFreeBytes is left free on the volume: a new segment is begun only when
	// so much remains after it. Default 64 MiB; negative means none.
	MinFreeBytes int64
	// Hold keeps a segment for so long after its newest entry although all of it
	// is acknowledged, in case the store loses what it said it had. Default 0:
	// deleted as soon as acknowledged.
	Hold time.Duration
	// Yield lets acknowledged segments go before their Hold is over when there
	// is no room otherwise. Without it a spool that is full of held entries
	// refuses new ones.
	Yield bool
	// Codec packs segments that are no longer written to, in the background. Default none:
	// they stay as they are. While one is packed its copy comes on top of MaxBytes. A spool
	// with packed segments opens only with their codec (packed.ErrCodec).
	Codec packed.Codec
	// FS is the file system. Default Disk.
	FS FS
	// Clock gives the time. Default time.Now.
	Clock func() time.Time

	// inline prepares segments in the committer, so that a test can count the
	// operations on the file system.
	inline bool
	// block is the size of the blocks of a packed file.
	block int64
	// tick says when to look at the files, instead of a clock.
	tick <-chan time.Time
}

// Sizes in bytes.
const (
	minSegment     = 16 << 10
	defaultSegment = 4 << 20
	defaultMax     = 8 << 30
	defaultFree    = 64 << 20
	maxBatch       = 1 << 20 // payloads taken into one write, unless one alone is larger
)

// retryAfter is how long a spool whose disk failed waits before it tries the
// disk again: long enough that a storm of requests is not a storm of writes.
const retryAfter = time.Second

func (o Options) filled() (Options, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = defaultSegment
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = max(defaultMax, 3*o.SegmentBytes)
	}
	if o.MinFreeBytes == 0 {
		o.MinFreeBytes = defaultFree
	}
	o.MinFreeBytes = max(o.MinFreeBytes, 0)
	if o.FS == nil {
		o.FS = Disk{}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.block == 0 {
		o.block = packed.BlockBytes
	}
	var errs []error
	if o.Codec != nil && (o.Codec.Name() == "" || len(o.Codec.Name()) > packed.MaxName) {
		errs = append(errs, fmt.Errorf("Codec %q: want a name of 1 to %d bytes", o.Codec.Name(), packed.MaxName))
	}
	if o.SegmentBytes < minSegment || o.SegmentBytes > format.MaxSegment {
		errs = append(errs, fmt.Errorf("SegmentBytes %d: want %d to %d", o.SegmentBytes, minSegment, format.MaxSegment))
	}
	o.SegmentBytes = format.Up(o.SegmentBytes, format.Page)
	if o.MaxBytes < 3*o.SegmentBytes {
		errs = append(errs, fmt.Errorf("MaxBytes %d: want at least three segments, %d", o.MaxBytes, 3*o.SegmentBytes))
	}
	if o.Hold < 0 {
		errs = append(errs, fmt.Errorf("Hold %v: want zero or more", o.Hold))
	}
	return o, errors.Join(errs...)
}

// MaxPayload is the longest payload that fits into a segment.
func (o Options) MaxPayload() int {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = defaultSegment
	}
	return int(format.Up(o.SegmentBytes, format.Page) - format.Page - format.FrameHeader - 1)
}
