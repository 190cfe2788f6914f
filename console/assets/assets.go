// Package assets holds the console's style sheet and script, bundled from src by
// `make assets` and embedded here. A program built without that step serves plain,
// whole pages without them, and says so when it starts.
//
// An Assets may be used by many goroutines at once.
package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Names of the two files.
const (
	Style  = "console.css"
	Script = "console.js"
)

// Built says whether the program was built with its assets.
func Built() bool {
	_, err := dist.ReadFile("dist/" + Style)
	return err == nil
}

// Version is the beginning of the SHA-256 of a file: it stands in the file's
// address, so that a browser may keep the file for ever. "" when there is none.
func Version(name string) string {
	text, err := dist.ReadFile("dist/" + name)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Handler serves the two files, and nothing else, whatever stands before the
// file's name in the address. They hold nothing of anybody: they alone may be cached.
func Handler() http.Handler {
	types := map[string]string{Style: "text/css; charset=utf-8", Script: "text/javascript; charset=utf-8"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		text, err := dist.ReadFile("dist/" + name)
		if err != nil || types[name] == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", types[name])
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		if v := r.URL.Query().Get("v"); v != "" && v == Version(name) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
	})
}
