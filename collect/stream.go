package collect

import (
	"context"
	"net/http"
)

// answerStream writes each source's part as it arrives: a Bundle of its own, with
// its outcome. The last line is a Parameters that says that it is the last; where
// it is missing, so is something else.
func (x *exchange) answerStream(how form) *refusal {
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	s := &stream{exchange: x, to: http.NewResponseController(x.w), how: how}
	s.out = &writer{to: x.w, compact: true, hurry: func() { hurry(s.to) }}
	defer unhurried(s.to)
	result := x.c.collect(ctx, x.bearer, x.question, x.share, func(part *Part) {
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
	out     *writer
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
	return s.line("source", func() { s.out.bundle([]Part{part}) })
}

func (s *stream) end(result Result) {
	type parameter struct {
		Name    string `json:"name"`
		Boolean *bool  `json:"valueBoolean,omitempty"`
		Integer *int   `json:"valueInteger,omitempty"`
		String  string `json:"valueString,omitempty"`
	}
	yes, sources := true, len(result.Parts)
	end := encoded(struct {
		ResourceType string      `json:"resourceType"`
		Parameter    []parameter `json:"parameter"`
	}{"Parameters", []parameter{{Name: "complete", Boolean: &yes}, {Name: "sources", Integer: &sources}, {Name: "trace", String: result.Trace}}})
	s.line("complete", func() { s.out.text(string(end)) })
}

// line writes one document in one line, whatever line breaks the source put into
// it, and sends it off.
func (s *stream) line(event string, document func()) bool {
	hurry(s.to)
	end := "\n"
	if s.how == asEvents {
		s.out.text("event: " + event + "\ndata: ")
		end = "\n\n"
	}
	document()
	s.out.text(end)
	s.out.send()
	_ = s.to.Flush() // where there is none, the answer comes in one piece
	return s.out.err == nil
}
