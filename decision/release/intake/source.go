package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/decision/release"
)

// Source is where releases come from.
type Source interface {
	// Fetch gives what is current there, unless that is what it gave with tag; "" is no tag.
	Fetch(ctx context.Context, tag string) (Fetched, error)
}

// Fetched is what a source gave.
type Fetched struct {
	Packed []byte // nil: it is what it was
	Tag    string
}

// fetchWithin is how long one fetch may take.
const fetchWithin = 30 * time.Second

// web is a source that is asked over HTTP.
type web struct {
	client *http.Client
	url    string
}

// ErrNothing says that nothing is published at a place, which answers.
var ErrNothing = errors.New("nothing is published")

// FromURL gives the source at an address. Redirects are not followed: the operator named one place.
func FromURL(address string) Source {
	client := newClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return web{client, address}
}

// newClient asks places of publication and nobody else, with bounds of its own.
func newClient() *http.Client {
	return &http.Client{Timeout: fetchWithin, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, DisableCompression: true, TLSHandshakeTimeout: 10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, IdleConnTimeout: time.Minute,
	}}
}

func (w web) Fetch(ctx context.Context, tag string) (f Fetched, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return f, err
	}
	req.Header.Set("Accept", "application/gzip, application/octet-stream, */*;q=0.5")
	req.Header.Set("Cache-Control", "no-cache") // a cache on the way asks the place
	switch kind, value := split(tag); kind {
	case etag:
		req.Header.Set("If-None-Match", value)
	case modified:
		req.Header.Set("If-Modified-Since", value)
	}
	res, err := w.client.Do(req)
	if err != nil {
		return f, err
	}
	defer func() { _ = res.Body.Close() }() // it was read as far as it counts
	switch {
	case res.StatusCode == http.StatusNotModified && tag != "":
		return Fetched{Tag: tag}, nil
	case res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusGone:
		return f, fmt.Errorf("%s answered with status %d: %w", w.url, res.StatusCode, ErrNothing)
	case res.StatusCode != http.StatusOK:
		return f, fmt.Errorf("%s answered with status %d", w.url, res.StatusCode)
	}
	f.Packed, err = io.ReadAll(io.LimitReader(res.Body, release.MostPacked+1)) // what is longer is refused as such
	if err != nil {
		return Fetched{}, fmt.Errorf("%s broke off: %w", w.url, err)
	}
	f.Tag = tagOf(res.Header)
	return f, nil
}

// The kinds of tags.
const (
	etag     = 'e'
	modified = 'm'
)

func split(tag string) (kind byte, value string) {
	if tag == "" {
		return 0, ""
	}
	return tag[0], tag[1:]
}

// tagOf is by what the same answer is known again; "" by nothing. A time of writing counts only when it
// is a minute before that of the answer: within a second two could have it (RFC 9110, section
// 8.8.2.2).
func tagOf(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" {
		return string(etag) + tag
	}
	at, err := http.ParseTime(h.Get("Last-Modified"))
	now, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil || now.Sub(at) < time.Minute {
		return ""
	}
	return string(modified) + h.Get("Last-Modified")
}

// folder is a source on this machine.
type folder struct{ path, name string }

// FromFolder gives the source that is a folder of published releases (release.Place).
func FromFolder(path string) Source { return folder{path, release.Current} }

// CanaryFromFolder gives what is published there for some requests.
func CanaryFromFolder(path string) Source { return folder{path, release.CanaryFile} }

// CanaryFromURL gives what is published for some requests beside what is at an address.
func CanaryFromURL(address string) (Source, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return FromURL(u.JoinPath("..", release.CanaryFile).String()), nil
}

func (f folder) Fetch(_ context.Context, tag string) (out Fetched, err error) {
	path := filepath.Join(f.path, f.name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, fmt.Errorf("%w in %s: there is no %s", ErrNothing, f.path, f.name)
	case err != nil:
		return out, err
	case !info.Mode().IsRegular():
		return out, fmt.Errorf("%s: it is no file", path) // a pipe would be waited for
	}
	file, err := os.Open(path)
	if err != nil {
		return out, err
	}
	defer func() { _ = file.Close() }() // it is only read
	if out.Packed, err = io.ReadAll(io.LimitReader(file, release.MostPacked+1)); err != nil {
		return Fetched{}, err
	}
	if out.Tag = digest(out.Packed); out.Tag == tag {
		out.Packed = nil
	}
	return out, nil
}

func digest(packed []byte) string {
	sum := sha256.Sum256(packed)
	return hex.EncodeToString(sum[:])
}
