package issuer

import (
	"io"
	"net/http"
)

// castToken answers a member's access token in their first role and nothing else,
// for a person at a shell: curl -s -X POST http://127.0.0.1:4711/cast/own-gp/token
func (s *Server) castToken(w http.ResponseWriter, r *http.Request) {
	m, ok := Find(s.cast, r.PathValue("id"))
	if !ok {
		http.Error(w, "no such member of the cast", http.StatusNotFound)
		return
	}
	access, err := s.accessToken(m, m.RoleID, "mcr-demo", "")
	if err != nil {
		http.Error(w, "the token could not be signed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, access) // the client may have gone
}
