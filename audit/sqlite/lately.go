package sqlite

import (
	"bytes"
	"slices"
	"sync"
)

// latelyBytes bounds what is held of blocks that were unpacked: some seventy of them, over
// which the next page, and each record that is opened from a page, are spread.
const latelyBytes = 4 << 20

// lately holds what was unpacked to show single records. It is asked with a block as the
// file has it now, so that nothing comes out of it that is not in the file: a block out of
// which something was erased or retired is another one. What it holds of the old one is
// forgotten when this program erased it, and otherwise when the block is read again or the
// room is needed.
type lately struct {
	mu    sync.Mutex
	texts map[int64]unpacked // by number of the block
	order []int64            // the longest there first
	bytes int
}

// unpacked is a block and what it unpacks to. Nobody changes it.
type unpacked struct {
	dictionary   int64
	packed, text []byte
}

// text gives what a block unpacks to: to be read only.
func (l *lately) text(no int64, b *block) ([]byte, error) {
	l.mu.Lock()
	known, there := l.texts[no]
	l.mu.Unlock()
	if there && b != nil && b.dictionary == known.dictionary && bytes.Equal(b.bytes, known.packed) {
		return known.text, nil
	}
	text, err := b.unpack(nil)
	if err != nil {
		return nil, err
	}
	l.keep(no, unpacked{b.dictionary, b.bytes, text})
	return text, nil
}

func (l *lately) keep(no int64, u unpacked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(no)
	if u.size() > latelyBytes/4 {
		return
	}
	for l.bytes+u.size() > latelyBytes {
		l.drop(l.order[0])
	}
	if l.texts == nil {
		l.texts = map[int64]unpacked{}
	}
	l.texts[no], l.order, l.bytes = u, append(l.order, no), l.bytes+u.size()
}

// drop forgets one block, if it is there.
func (l *lately) drop(no int64) {
	if u, there := l.texts[no]; there {
		delete(l.texts, no)
		l.order, l.bytes = slices.DeleteFunc(l.order, func(other int64) bool { return other == no }), l.bytes-u.size()
	}
}

// forget forgets all.
func (l *lately) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts, l.order, l.bytes = nil, nil, 0
}

func (u unpacked) size() int { return cap(u.packed) + cap(u.text) }
