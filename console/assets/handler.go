package assets

import (
	"bytes"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/console/coding"
)

// Handler serves the files, and nothing else, whatever stands before the file's name in
// the address. They hold nothing of anybody: they alone may be kept.
//
// What is compressed is sent whole, also where a range was asked for (RFC 9110, section
// 14.2, allows that): a range would be one of the compressed bytes, and these files are
// small. Who takes no coding at all is answered 406.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		one, ok := files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", "Accept-Encoding")
		chosen, ok := coding.Choose(r.Header, coding.Brotli, coding.Gzip, coding.Identity)
		if !ok {
			http.Error(w, "This file is sent as it is, or with gzip or br.", http.StatusNotAcceptable)
			return
		}
		sent, ok := one.coded[chosen]
		if !ok {
			http.NotFound(w, r) // never: the build writes all three
			return
		}
		h.Set("Content-Type", one.media)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("ETag", sent.tag)
		if chosen != coding.Identity {
			h.Set("Content-Encoding", chosen)
			h.Set("Content-Length", strconv.Itoa(len(sent.bytes))) // which ServeContent leaves out beside a coding
			r = r.Clone(r.Context())
			r.Header.Del("Range")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(sent.bytes))
	})
}
