package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// Bounds of one fetch of keys: an issuer that answers slowly, or for ever, must
// not hold requests or memory.
const (
	maxKeySetBytes = 256 << 10
	fetchTimeout   = 10 * time.Second
)

// fetch brings a key set as it is published now.
type fetch func(context.Context) ([]byte, error)

// newClient gives a client that asks issuers and nobody else, with bounds of its
// own whatever the rest of the process has made of the default one.
func newClient() *http.Client {
	return &http.Client{Timeout: fetchTimeout, Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    fetchTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        time.Minute,
	}}
}

// fromURL fetches over HTTP. Redirects are not followed: the operator named one
// place, and an open redirect there must not name another.
func fromURL(client *http.Client, url string) fetch {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/jwk-set+json, application/json")
		res, err := c.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("answered with status %d", res.StatusCode)
		}
		return readBounded(res.Body)
	}
}

// fromFile reads a file each time, so that a replaced one is noticed.
func fromFile(name string) fetch {
	return func(context.Context) ([]byte, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // it was only read
		return readBounded(f)
	}
}

func readBounded(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxKeySetBytes+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeySetBytes {
		return nil, errors.New("larger than 256 KB")
	}
	return body, nil
}
