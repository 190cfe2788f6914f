package broker

import "sync"

// mostKept is the largest buffer that is kept for the next request.
const mostKept = 1 << 20

// buffer is where an answer is put together.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, 0, 16<<10)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// discard is free for a buffer of which nobody knows how much was written.
func (b *buffer) discard() {
	b.bytes = b.bytes[:cap(b.bytes)]
	b.free()
}

// free wipes the buffer and gives it back: record content does not linger.
func (b *buffer) free() {
	if b == nil {
		return
	}
	clear(b.bytes)
	if cap(b.bytes) > mostKept {
		return
	}
	b.bytes = b.bytes[:0]
	buffers.Put(b)
}
