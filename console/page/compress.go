package page

import (
	"compress/gzip"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/coding"
)

// compress packs pages, streams of pages and lists with gzip, for requests that our own
// pages made, or the person at the address bar, and for no others.
//
// A page holds secrets (a patient's record, the form's token), and may hold what a request
// said. Packed together the length of both tells of the secret whoever can have a browser
// send requests of their choosing, many of them, and sees how long the answers are (BREACH,
// 2013). That the choosing is done by a page of somebody else's is what Sec-Fetch-Site says,
// which no page can write (Fetch Metadata Request Headers, §2.3): other sites and other hosts
// of this site, also by way of a redirect, and browsers that do not say, get pages as they
// are. Nor may anything between compress them, such as Caddy's own encode: no-transform
// (RFC 9111, section 5.2.2.6). docs/decisions/0047 has the rest.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &packer{ResponseWriter: w, taken: ours(r) && takesGzip(r)}
		next.ServeHTTP(p, r)
		p.end() // not when it panics: an answer that broke off must look so
	})
}

// ours says that the request was not made by somebody else's page.
func ours(r *http.Request) bool {
	from := r.Header.Values("Sec-Fetch-Site")
	return len(from) == 1 && (from[0] == "same-origin" || from[0] == "none")
}

func takesGzip(r *http.Request) bool {
	chosen, ok := coding.Choose(r.Header, coding.Gzip, coding.Identity)
	return ok && chosen == coding.Gzip
}

// packable are the content types that are worth it; a patient's documents are not among
// them, which are held once and then wiped.
var packable = []string{"text/html", "text/event-stream", "text/csv", "application/json"}

// least is the length below which packing saves nothing.
const least = 1 << 10

// packer is an answer that may be packed: how, is known when its header is.
type packer struct {
	http.ResponseWriter
	taken bool // the client may have it packed
	begun bool
	zip   *gzip.Writer // nil: as it is
}

// WriteHeader decides, and begins the answer.
func (p *packer) WriteHeader(status int) {
	if p.begun || status < 200 { // an interim answer is none
		p.ResponseWriter.WriteHeader(status)
		return
	}
	p.begun = true
	h := p.Header()
	if strings.Contains(h.Get("Cache-Control"), "public") { // nobody's, and packed already
		p.ResponseWriter.WriteHeader(status)
		return
	}
	h.Add("Cache-Control", "no-transform")
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	if slices.Contains(packable, media) && h.Get("Content-Encoding") == "" {
		h.Add("Vary", "Accept-Encoding, Sec-Fetch-Site")
		length, err := strconv.Atoi(h.Get("Content-Length"))
		if bodied(status) && p.taken && (err != nil || length >= least) {
			h.Set("Content-Encoding", coding.Gzip)
			h.Del("Content-Length")
			p.zip = gzip.NewWriter(p.ResponseWriter)
		}
	}
	p.ResponseWriter.WriteHeader(status)
}

// bodied says that an answer of this status has a body (RFC 9110, section 6.4.1).
func bodied(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// Write packs.
func (p *packer) Write(text []byte) (int, error) {
	if !p.begun {
		p.WriteHeader(http.StatusOK)
	}
	if p.zip == nil {
		return p.ResponseWriter.Write(text)
	}
	return p.zip.Write(text)
}

// FlushError sends what is packed so far: whoever reads a stream can unpack all of it.
func (p *packer) FlushError() error {
	if !p.begun {
		p.WriteHeader(http.StatusOK)
	}
	if p.zip != nil {
		if err := p.zip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (p *packer) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// end writes what is left, within the time that a browser has for a piece (Send).
func (p *packer) end() {
	if p.zip == nil {
		return
	}
	to := http.NewResponseController(p.ResponseWriter)
	_ = to.SetWriteDeadline(time.Now().Add(stall)) // a test's writer knows none
	_ = p.zip.Close()                              // the browser may have gone
	_ = to.Flush()
	_ = to.SetWriteDeadline(time.Time{})
}
