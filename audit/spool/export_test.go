package spool

import "time"

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
func Unpacking(fs FS, c Codec) FS { return unpacking{fs, c} }

// RetryAfter is how long a failed disk is left alone.
const RetryAfter = retryAfter

// SegmentFile gives the name and the bytes of a segment with these payloads, each
// a commit of its own, followed by some zeros.
func SegmentFile(key uint32, payloads ...string) (string, []byte) {
	t := title{base: 1, ordinal: 1, key: key}
	var prev Hash
	now := time.Unix(1e9, 0)
	b := appendHeader(nil, t, &prev, now)
	for i, p := range payloads {
		seq := uint64(i + 1)
		b, prev = appendFrame(b, key, &prev, seq, seq, now, []byte(p))
		b = append(b, make([]byte, up(int64(len(b)), page)-int64(len(b)))...)
	}
	return t.name(), append(b, zeros[:]...)
}
