package broker

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/mycarerecord/mcr/room"
)

var (
	errTooLarge = errors.New("the source's answer is larger than the limit")
	errUpgrade  = errors.New("the source tried to leave HTTP")
)

const (
	firstBytes = 64 << 10  // that a recorder has from the beginning, and keeps
	shortBytes = 128 << 10 // that are counted for an answer no longer, with all that reading it takes
	chunkBytes = 256 << 10 // that it takes at a time of an answer that does not say how long it is
)

// recorder takes a source's answer into memory, bounded. It is deliberately
// neither a Hijacker nor an Unwrapper: nothing that a proxy does can reach the
// client around it, and its headers are never the client's.
//
// All that it holds is counted before it is held. An answer that says how long it is
// has a place of its size, once its beginning has come: that a source says so is no
// reason to hold much for it. Any other lies in chunks until it is read.
type recorder struct {
	header http.Header
	status int
	first  []byte // what it has from the beginning, kept for the next answer
	text   []byte // the answer, or its beginning: in first, or in a place of its own
	chunks [][]byte
	size   int // of the answer, up to now
	limit  int64
	err    error

	ctx   context.Context
	share *room.Share
	taken int64 // of share

	unpaced int64 // bytes since the last turn to read some
}

var recorders = sync.Pool{New: func() any { return &recorder{header: http.Header{}, first: make([]byte, 0, firstBytes)} }}

func newRecorder(ctx context.Context, share *room.Share, limit int64) *recorder {
	rec := recorders.Get().(*recorder)
	rec.ctx, rec.share, rec.limit, rec.text = ctx, share, limit, rec.first
	return rec
}

// free wipes what the recorder held and gives it back: record content does not linger.
func (rec *recorder) free() {
	clear(rec.text)
	for _, c := range rec.chunks {
		freeChunk(c)
	}
	rec.give(rec.taken)
	clear(rec.header)
	*rec = recorder{header: rec.header, first: rec.first}
	recorders.Put(rec)
}

// Header gives the recorder's own header map.
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader keeps the final status. Informational answers are dropped, and
// 101 is an error: a tunnel cannot be filtered.
func (rec *recorder) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		rec.err = errUpgrade
		return
	}
	if rec.status == 0 && status >= 200 {
		rec.status = status
	}
}

// Write keeps up to the limit and then refuses, so that the proxy stops reading.
func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	if rec.err != nil {
		return 0, rec.err
	}
	if int64(rec.size)+int64(len(p)) > rec.limit {
		rec.err = errTooLarge
		return 0, rec.err
	}
	if rec.taken == 0 {
		if rec.err = rec.take(shortBytes); rec.err != nil {
			return 0, rec.err
		}
	}
	if rec.size > firstBytes {
		if rec.unpaced += int64(len(p)); rec.unpaced >= firstBytes {
			rec.share.Pace(rec.ctx, rec.unpaced)
			rec.unpaced = 0
		}
	}
	for rest := p; len(rest) > 0; {
		into := rec.place()
		if into == nil {
			return 0, rec.err
		}
		n := min(len(rest), cap(*into)-len(*into))
		*into = append(*into, rest[:n]...)
		rest = rest[n:]
		rec.size += n
	}
	return len(p), nil
}

// take counts bytes that are about to be held.
func (rec *recorder) take(n int64) error {
	if err := rec.share.Take(rec.ctx, n); err != nil {
		return err
	}
	rec.taken += n
	return nil
}

// give gives back what is not held any more.
func (rec *recorder) give(n int64) {
	rec.taken -= n
	rec.share.Give(n)
}

// move puts the beginning of an answer into a place of its own.
func (rec *recorder) move(size int) {
	from := rec.text
	rec.text = append(make([]byte, 0, size), from...)
	clear(from)
}

// place is where the next bytes go: nil, with an error, when there is no room for more.
func (rec *recorder) place() *[]byte {
	last := &rec.text
	if n := len(rec.chunks); n > 0 {
		last = &rec.chunks[n-1]
	}
	if len(*last) < cap(*last) {
		return last
	}
	if said := rec.said(); said > rec.size && len(rec.chunks) == 0 {
		if rec.err = rec.take(int64(said)); rec.err != nil {
			return nil
		}
		rec.move(said)
		return &rec.text
	}
	if rec.err = rec.take(chunkBytes); rec.err != nil {
		return nil
	}
	rec.chunks = append(rec.chunks, newChunk())
	return &rec.chunks[len(rec.chunks)-1]
}

// said is how long the answer says that it is, within the limit; 0: it does not say.
func (rec *recorder) said() int {
	n, err := strconv.Atoi(rec.header.Get("Content-Length"))
	if err != nil || int64(n) > rec.limit || cap(rec.text) > firstBytes {
		return 0
	}
	return n
}

// join makes one text of what came in chunks.
func (rec *recorder) join() error {
	if len(rec.chunks) == 0 {
		return nil
	}
	if err := rec.take(int64(rec.size)); err != nil {
		return err
	}
	rec.move(rec.size)
	for i, c := range rec.chunks {
		rec.text = append(rec.text, c...)
		freeChunk(c)
		rec.chunks[i] = nil
	}
	rec.give(int64(len(rec.chunks)) * chunkBytes)
	rec.chunks = nil
	return nil
}

// FlushError satisfies proxies that flush as they go; there is nothing to flush.
func (rec *recorder) FlushError() error { return nil }

var _ http.ResponseWriter = (*recorder)(nil)

// chunks are those for the next answers, until the garbage collector has been twice.
var chunks = sync.Pool{New: func() any { return new([chunkBytes]byte) }}

func newChunk() []byte { return chunks.Get().(*[chunkBytes]byte)[:0] }

// freeChunk wipes a chunk and gives it back.
func freeChunk(c []byte) {
	if c != nil {
		clear(c)
		chunks.Put((*[chunkBytes]byte)(c[:chunkBytes]))
	}
}
