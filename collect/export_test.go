package collect

import (
	"bytes"
	"maps"
	"net/http"
	"slices"

	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/strictjson"
)

// For the fuzz tests, which are in a package of their own.

var (
	ReadParameters = readParameters
	WithProvenance = func(e Entry, s Source) []byte {
		return appendWithProvenance(nil, e, quoted(e.FullURL), encoded(tagsOf(s)))
	}
)

// Categories are the codes that a question may name, sorted.
func Categories() []string { return slices.Sorted(maps.Keys(searchesOf)) }

// ReadSearchset reads an answer as a visit of this source does.
func ReadSearchset(s Source, typ string, body []byte) (Part, bool) {
	v := &visit{source: s, share: room.New(1<<30, 0).Share("")}
	a := &answer{search: all(typ), status: http.StatusOK}
	if !v.searchset(a, body) {
		return Part{}, false
	}
	return Part{Source: s, Status: Complete, Entries: a.entries, Cut: a.next != ""}, true
}

// ReadReason reads an OperationOutcome as a visit does.
func ReadReason(body []byte) (Reason, bool) {
	if strictjson.Check(body, strictjson.Answers) != nil {
		return Reason{}, false
	}
	return readReason(body)
}

// Bundle writes parts as the operation does.
func Bundle(part Part) []byte {
	var out bytes.Buffer
	w := &writer{to: &out, hurry: func() {}}
	w.bundle([]Part{part})
	w.send()
	return out.Bytes()
}

// Held gives the bytes that a collector counts as held.
func (c *Collector) Held() int64 { return c.room.Held() }
