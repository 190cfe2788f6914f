package asking

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"
)

// MostBytes bounds an answer: a person with very many roles has some 100 KB.
const MostBytes = 256 << 10

// Answer is what an endpoint answered.
type Answer struct {
	Status int
	Type   string // the media type in lower case, without parameters; "" when there is none
	Body   []byte
}

// newClient gives a client that asks one address and nobody else. Redirects are not
// followed: the token would go along to wherever an open redirect leads.
func newClient(transport http.RoundTripper, within time.Duration) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // an answer is as long as it is
			TLSHandshakeTimeout:    within,
			MaxResponseHeaderBytes: 64 << 10,
			MaxConnsPerHost:        MostAtOnce,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        time.Minute,
		}
	}
	return &http.Client{
		Transport: transport, Timeout: within,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// once asks once.
func (e *Endpoint) once(ctx context.Context, token string) (Answer, error) {
	r, err := e.Request(ctx, e.URL, token)
	if err != nil {
		return Answer{}, errors.New("the request cannot be made") // the error may quote the token
	}
	res, err := e.client.Do(r)
	if err != nil {
		return Answer{}, reason(err)
	}
	defer res.Body.Close()
	a := Answer{Status: res.StatusCode}
	if a.Body, err = io.ReadAll(io.LimitReader(res.Body, MostBytes+1)); err != nil {
		return Answer{}, reason(err)
	}
	if len(a.Body) > MostBytes {
		return Answer{}, fmt.Errorf("its answer is larger than %d KB", MostBytes>>10)
	}
	if types := res.Header["Content-Type"]; len(types) == 1 {
		if media, _, err := mime.ParseMediaType(types[0]); err == nil {
			a.Type = media
		}
	}
	if err := e.Accept(a); err != nil {
		return Answer{}, err
	}
	return a, nil
}

// reason is why a request failed, without its address: that stands in the configuration.
func reason(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// CheckURL says what is wrong with the address of an endpoint that tokens go to.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not an absolute URL; write https://host/path")
	case u.User != nil:
		return errors.New("holds a user name or password; remove it")
	case u.Fragment != "":
		return errors.New("holds a fragment; remove it")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	default:
		return fmt.Errorf("scheme %q; use https (http only for localhost), since tokens go there", u.Scheme)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
