package fhirserver

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// writePage answers one page of a search.
func (s *Server) writePage(w http.ResponseWriter, q query, offset int) {
	found := s.store.matches(q)
	page := found[min(offset, len(found)):]
	more := false
	if q.summary {
		page = nil
	} else if len(page) > q.count {
		page, more = page[:q.count], true
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	b := (*buffer)[:0]
	b = append(b, `{"resourceType":"Bundle","id":"`...)
	b = append(b, s.bundleID...)
	b = append(b, `","type":"searchset","total":`...)
	b = strconv.AppendInt(b, int64(len(found)), 10)
	b = append(b, `,"link":[{"relation":"self","url":`...)
	b = appendText(b, s.selfLink(q))
	b = append(b, '}')
	if more {
		b = append(b, `,{"relation":"next","url":`...)
		b = appendText(b, s.nextLink(q, offset+len(page)))
		b = append(b, '}')
	}
	b = append(b, ']')
	comma := `,"entry":[`
	for _, r := range page {
		b = append(b, comma...)
		b = append(b, r.entry...)
		comma = ","
	}
	for _, r := range s.store.included(q, page) {
		b = append(b, comma...)
		b = append(b, `{"fullUrl":"`...)
		b = append(b, s.base+"/"+r.kind+"/"+r.id...)
		b = append(b, `","resource":`...)
		b = append(b, r.json...)
		b = append(b, `,"search":{"mode":"include"}}`...)
		comma = ","
	}
	if comma == "," {
		b = append(b, ']')
	}
	b = append(b, '}')
	*buffer = b
	s.write(w, http.StatusOK, b)
}

func (s *Server) selfLink(q query) string {
	if len(q.used) == 0 {
		return s.base + "/" + q.kind
	}
	return s.base + "/" + q.kind + "?" + q.used.Encode()
}

func (s *Server) nextLink(q query, offset int) string {
	at := s.base + "/" + q.kind
	if s.pageAtBase {
		at = s.base
	}
	return at + "?" + url.Values{"_page": {s.pages.token(q.kind, q.used, offset)}}.Encode()
}

func appendText(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return append(b, quoted...)
}
