package spool

import (
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// Inline prepares segments in the committer, so that the operations on the file
// system come in one order.
func Inline(o Options) Options {
	o.inline = true
	return o
}

// Blocks makes packed files of blocks of that size.
func Blocks(o Options, size int64) Options {
	o.block = size
	return o
}

// Pack packs what there is to pack, for a spool that is Inline.
func Pack(s *Spool) error {
	for {
		g := s.unpacked()
		if g == nil {
			return nil
		}
		if err := s.packOne(g); err != nil {
			return err
		}
	}
}

// Unpacking reads packed files as images.
func Unpacking(fs FS, c packed.Codec) FS { return unpacking{fs, c} }

// Ticking looks at the files when tick says so.
func Ticking(o Options, tick <-chan time.Time) Options {
	o.tick = tick
	return o
}

// RetryAfter is how long a failed disk is left alone.
const RetryAfter = retryAfter

// SegmentFile gives the name and the bytes of a segment with these payloads, each
// a commit of its own, followed by some zeros.
func SegmentFile(key uint32, payloads ...string) (string, []byte) {
	t := format.Title{Base: 1, Ordinal: 1, Key: key, Version: format.Version}
	var prev Hash
	now := time.Unix(1e9, 0)
	size := int64(format.Page)
	for _, p := range payloads {
		size += format.Up(format.FrameSize(len(p)), format.Page)
	}
	b := format.AppendHeader(nil, t, size, &prev, now)
	for i, p := range payloads {
		seq := uint64(i + 1)
		b, prev = format.AppendFrame(b, key, &prev, seq, seq, seq, now, []byte(p))
		b = format.Pad(b)
	}
	return t.Name(), append(b, make([]byte, format.Page)...)
}

// AckFile gives the bytes of a file of the acknowledgement.
func AckFile(seq, reached uint64, ended uint32) []byte {
	return appendAck(nil, ack{seq: seq, reached: reached, ended: ended})
}

// Queued says how many entries wait for the commit under way to end.
func Queued(s *Spool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// Forget has entries read from the files alone.
func Forget(s *Spool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent = recent{}
}
