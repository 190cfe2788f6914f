package issuer

import (
	"encoding/json"
	"io"
	"net/http"
)

// sign signs whatever header and claims are given, as they stand, with the key in
// use: {"header": "<JSON>", "claims": "<JSON>"}, each as text, so that a name can
// stand in them twice. Tests need tokens that are signed well and are wrong. Nobody
// gains by it here: anybody can have the token of any member of the cast.
func (s *Server) sign(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Header string `json:"header"`
		Claims string `json:"claims"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4*maxBody))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&asked) != nil || !json.Valid([]byte(asked.Header)) || !json.Valid([]byte(asked.Claims)) {
		fail(w, http.StatusBadRequest, "invalid_request", `give {"header": "...", "claims": "..."}, each a JSON object as text`)
		return
	}
	token, err := s.keys.signing().signText([]byte(asked.Header), []byte(asked.Claims))
	if err != nil {
		fail(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, token) // the client may have gone
}
