package fhirserver

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// wantsContent says that a Binary is asked for as what it is, not as FHIR JSON: R4
// §2.8 has it so unless FHIR is asked for by name, and first.
func wantsContent(r *http.Request) bool {
	return !strings.HasPrefix(r.Header.Get("Accept"), "application/fhir+json") && r.URL.Query().Get("_format") == ""
}

// content answers with what is in a Binary. It reports false when there is none.
func (s *Server) content(w http.ResponseWriter, id string) bool {
	found, ok := s.store.tables["Binary"].byID[id]
	if !ok {
		return false
	}
	var binary struct {
		ContentType     string
		Data            string
		SecurityContext struct{ Reference string }
	}
	if json.Unmarshal(found.json, &binary) != nil {
		return false
	}
	data, err := base64.StdEncoding.DecodeString(binary.Data)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", binary.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if binary.SecurityContext.Reference != "" {
		h.Set("X-Security-Context", binary.SecurityContext.Reference)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data) // the client may have gone
	return true
}
