package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
)

// answerStream writes each source's part as it arrives: a Bundle of its own, with
// its outcome. The last line is a Parameters that says that it is the last; where
// it is missing, so is something else.
func (x *exchange) answerStream(how form) *refusal {
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	s := &stream{exchange: x, to: http.NewResponseController(x.w), how: how}
	defer unhurried(s.to)
	result := x.c.collect(ctx, x.bearer, x.question, func(part *Part) {
		if !s.begun && part.unauthenticated() {
			s.waiting = append(s.waiting, *part) // all may be so: then the answer is 401
			return
		}
		if !s.begin() || !s.part(*part) {
			cancel() // the client has gone, and so does the question
		}
		part.Entries = nil
	})
	if ctx.Err() != nil {
		return nil // nobody is there, and each broker has its record
	}
	if unauthenticated(result.Parts) {
		return badToken
	}
	s.end(result)
	return nil
}

type stream struct {
	*exchange
	to      *http.ResponseController
	how     form
	waiting []Part
}

// begin writes the header, and the parts that waited for it.
func (s *stream) begin() bool {
	if s.begun {
		return true
	}
	s.begun = true // of the exchange: a refusal is no longer possible
	kind := "application/x-ndjson; charset=utf-8"
	if s.how == asEvents {
		kind = "text/event-stream; charset=utf-8"
	}
	s.w.Header().Set("Content-Type", kind)
	s.w.Header().Set("X-Accel-Buffering", "no") // a proxy in front is not to gather it
	s.w.WriteHeader(http.StatusOK)
	for _, part := range s.waiting {
		if !s.part(part) {
			return false
		}
	}
	s.waiting = nil
	return true
}

func (s *stream) part(part Part) bool {
	pieces := bundle([]Part{part}, map[string][]byte{part.Source.ID: entriesOf(part)})
	return s.line("source", bytes.Join(pieces, nil))
}

func (s *stream) end(result Result) {
	type parameter struct {
		Name    string `json:"name"`
		Boolean *bool  `json:"valueBoolean,omitempty"`
		Integer *int   `json:"valueInteger,omitempty"`
		String  string `json:"valueString,omitempty"`
	}
	yes, sources := true, len(result.Parts)
	s.line("complete", encoded(struct {
		ResourceType string      `json:"resourceType"`
		Parameter    []parameter `json:"parameter"`
	}{"Parameters", []parameter{{Name: "complete", Boolean: &yes}, {Name: "sources", Integer: &sources}, {Name: "trace", String: result.Trace}}}))
}

// line writes one document in one line, whatever line breaks the source put into
// it, and sends it off.
func (s *stream) line(event string, document []byte) bool {
	var out bytes.Buffer
	if s.how == asEvents {
		out.WriteString("event: " + event + "\ndata: ")
	}
	if json.Compact(&out, document) != nil {
		return false
	}
	out.WriteByte('\n')
	if s.how == asEvents {
		out.WriteByte('\n')
	}
	hurry(s.to)
	if _, err := s.w.Write(out.Bytes()); err != nil {
		return false
	}
	_ = s.to.Flush() // where there is none, the answer comes in one piece
	return true
}
