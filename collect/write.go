package collect

import (
	"bytes"
	"encoding/json"
	"io"
)

// pieceSize is about how much is sent at a time. An answer is written entry by
// entry: a second copy of a hundred records at once is what memory is short of.
const pieceSize = 64 << 10

// writer writes searchsets. After the first fault it writes nothing more.
type writer struct {
	to      io.Writer
	compact bool   // without the line breaks that a source put in
	hurry   func() // is called before each source's entries
	out     bytes.Buffer
	entry   []byte // the last entry's, for the next
	err     error
}

// bundle writes a searchset: for each source one OperationOutcome with its status,
// and its entries. The outcomes come first, so that nobody reads a record without
// seeing what is missing.
func (w *writer) bundle(parts []Part) {
	w.hurry()
	w.text(`{"resourceType":"Bundle","type":"searchset","entry":[`)
	for i, part := range parts {
		if i > 0 {
			w.text(",")
		}
		w.out.Write(outcomeOf(part))
	}
	for _, part := range parts {
		w.hurry()
		tags := encoded(tagsOf(part.Source))
		for _, e := range part.Entries {
			w.entry = appendEntry(w.entry[:0], e, tags)
			w.put(w.entry)
		}
	}
	w.text("]}")
}

func (w *writer) text(s string) { w.out.WriteString(s) }

// put takes an entry, with the comma before it.
func (w *writer) put(entry []byte) {
	if w.err != nil {
		return
	}
	if w.compact {
		w.out.WriteByte(',')
		w.err = json.Compact(&w.out, entry[1:])
	} else {
		w.out.Write(entry)
	}
	if w.out.Len() >= pieceSize {
		w.send()
	}
}

// send sends what there is.
func (w *writer) send() {
	if w.err == nil {
		_, w.err = w.to.Write(w.out.Bytes())
	}
	w.out.Reset()
	if w.out.Cap() > 16*pieceSize { // one huge entry holds no memory until the end
		w.out = bytes.Buffer{}
	}
	if cap(w.entry) > 16*pieceSize {
		w.entry = nil
	}
}
