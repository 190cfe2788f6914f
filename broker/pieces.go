package broker

import (
	"bufio"
	"io"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
)

// largeReadWithin is how long a client may take to read an answer in pieces: for so long
// it is held.
const largeReadWithin = time.Minute

// pieces is a large answer, most of which lies in what the source answered.
type pieces struct {
	cut    fhir.Filtered
	buffer *buffer
	source *fetched
}

func (p *pieces) free() {
	p.buffer.free()
	p.source.free()
}

// size is how long the answer is.
func (a answer) size() int {
	if a.pieces != nil {
		return a.pieces.cut.Len()
	}
	return len(a.body)
}

// writeTo writes the answer. The client may have gone; the record stands.
func (a answer) writeTo(w io.Writer) {
	if a.pieces == nil {
		_, _ = w.Write(a.body)
		return
	}
	out := bufio.NewWriterSize(w, 32<<10)
	for piece := range a.pieces.cut.Pieces() {
		if _, err := out.Write(piece); err != nil {
			return
		}
	}
	_ = out.Flush()
}

// busy is the answer when the sources' answers under way hold as much as they may.
func (x *exchange) busy() answer {
	busyTotal.WithLabelValues(x.broker.Source.ID).Inc()
	a := x.fail(503, "busy", audit.Failed)
	a.header = map[string]string{"Retry-After": "5"}
	return a
}
