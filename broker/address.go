package broker

import (
	"net/http"
	"net/url"
	"strings"
)

// address is where the source is, taken apart once.
type address struct {
	baseScheme, baseHost, basePath string
	linkBases                      []*url.URL
}

func newAddress(base string, linkBases []string) (address, error) {
	a := address{}
	for i, text := range append([]string{base}, linkBases...) {
		u, err := url.Parse(text)
		if err != nil {
			return address{}, err
		}
		u.Path = strings.TrimSuffix(u.Path, "/") + "/"
		if i == 0 {
			a.baseScheme, a.baseHost, a.basePath = u.Scheme, u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
		}
		a.linkBases = append(a.linkBases, u)
	}
	return a, nil
}

// publicBase is the address under which the client reached the broker.
func (b *Broker) publicBase(r *http.Request) string {
	if b.PublicURL != "" {
		return b.PublicURL
	}
	host := r.Host
	for i := range len(host) {
		if c := host[i]; !plain(host[i:i+1]) && c != ':' && c != '[' && c != ']' {
			host = "localhost" // a Host that is not one is not repeated
			break
		}
	}
	if r.TLS != nil {
		return "https://" + host + b.Path
	}
	return "http://" + host + b.Path
}
