package merkle

import (
	"net/http"
	"strconv"
)

// Serve answers an address of c2sp.org/tlog-tiles below a log's own, such as
// "checkpoint" or "tile/0/000.p/5": what belongs to the published checkpoint, of that size,
// and nothing beyond it. Whoever asks for anything else gets 404. It reads only.
func (l *Log) Serve(w http.ResponseWriter, r *http.Request, path string, checkpoint []byte, size int64) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this log can only be read", http.StatusMethodNotAllowed)
		return
	}
	if path == "checkpoint" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		answer(w, r, checkpoint)
		return
	}
	level, n, wide, ok := ParsePath(path)
	if !ok || !Holds(size, level, n, wide) {
		http.Error(w, "the log has no such tile", http.StatusNotFound)
		return
	}
	var data []byte
	var err error
	if level < 0 {
		data, err = l.Bundle(n, wide)
	} else {
		data, err = l.Tile(level, n, wide)
	}
	if err != nil { // files are damaged: the owner's health says so
		http.Error(w, "the tile cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	answer(w, r, data)
}

func answer(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is for everybody
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that went away is no fault of ours
	}
}
