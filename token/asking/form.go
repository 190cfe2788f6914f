package asking

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// withForm gives a POST its form.
func withForm(r *http.Request, form url.Values) *http.Request {
	text := form.Encode()
	r.Body = io.NopCloser(strings.NewReader(text))
	r.ContentLength = int64(len(text))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}
