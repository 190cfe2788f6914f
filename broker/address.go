package broker

import (
	"net/http"
	"strings"

	"github.com/mycarerecord/mcr/upstreams"
)

// address is where the source is, taken apart once.
type address struct {
	baseScheme, baseHost, basePath string
	links                          upstreams.Links
}

func newAddress(source upstreams.Source) (address, error) {
	links, err := source.Links()
	if err != nil {
		return address{}, err
	}
	base := links[0]
	return address{base.Scheme, base.Host, strings.TrimSuffix(base.EscapedPath(), "/"), links}, nil
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

// addressAsked is the address that was asked, as its proof must name it (RFC 9449 section
// 4.3). It is made of PublicURL alone: from the request's own Host, whoever passes a proof
// on that was made for them could make theirs.
func (b *Broker) addressAsked(r *http.Request) string {
	below, ok := strings.CutPrefix(r.URL.EscapedPath(), b.Path)
	if !ok || b.PublicURL == "" {
		return ""
	}
	return b.PublicURL + below
}
