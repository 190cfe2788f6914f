package broker

import (
	"net/url"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// links tells the filter how addresses of the answer are written.
func (x *exchange) links(q access.Question, owner fhir.Owner) fhir.Links {
	base := x.broker.publicBase(x.request)
	local := ""
	if len(owner.LocalIDs) == 1 {
		local = owner.LocalIDs[0]
	}
	return fhir.Links{
		Base: base, Source: x.broker.Source.BaseURL,
		Next: func(upstream string) string {
			target, ok := x.broker.relative(upstream)
			if !ok {
				return ""
			}
			token := x.broker.Pages.seal(q, toPage, page{
				Until: x.started.Add(pageLasts).Unix(), Type: q.Request.Type, ID: q.Request.ID, Params: q.Request.Params, Shape: q.Request.Shape,
				Number: q.Patient.Digits(), LocalID: local, Target: target,
			})
			if token == "" {
				return ""
			}
			return base + "/" + q.Request.Place() + "?_page=" + token
		},
		Document: func(a fhir.Attachment) string {
			target, ok := x.broker.document(a.Address)
			if !ok {
				return ""
			}
			token := x.broker.Pages.seal(q, toDocument, document{
				Until: x.started.Add(documentLasts).Unix(), Type: a.Host.Type, ID: a.Host.ID,
				Number: q.Patient.Digits(), LocalID: local, Target: target,
			})
			if token == "" {
				return ""
			}
			return base + "/" + fhir.DocumentLink(token)
		},
	}
}

// relative turns a link to a further page that the source wrote into a target relative
// to its base. A link to any other place is not followed.
func (b *Broker) relative(link string) (target string, ok bool) {
	rest, query, ok := b.below(link, func(rest string) bool { return plain(rest) && !strings.Contains(rest, "..") })
	return rest + "?" + query, ok
}

// document turns the address of a document into a target relative to the source's base.
// An operation is no address of a document: "$" is in none (attack 100).
func (b *Broker) document(address string) (target string, ok bool) {
	const longest = 1024
	if len(address) > longest {
		return "", false
	}
	rest, query, ok := b.below(address, isPath)
	if query != "" {
		rest += "?" + query
	}
	return rest, ok
}

// isPath says that a text is a path of plain segments, none of which leads upwards.
func isPath(rest string) bool {
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == "" || segment[0] == '.' || !plain(segment) {
			return false
		}
	}
	return true
}

// below finds what an address of the source's is, relative to one of its bases. One
// that leads to any other place, or is not allowed, is none.
func (b *Broker) below(link string, allowed func(rest string) bool) (rest, query string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return "", "", false
	}
	for _, base := range b.linkBases {
		at := base.ResolveReference(u)
		if at.Scheme != base.Scheme || at.Host != base.Host {
			continue
		}
		rest, found := strings.CutPrefix(at.EscapedPath(), strings.TrimSuffix(base.Path, "/"))
		if !found || (rest != "" && rest[0] != '/') {
			continue // another place that begins with the same letters
		}
		if rest = strings.TrimPrefix(rest, "/"); !allowed(rest) {
			continue
		}
		query, err := url.ParseQuery(at.RawQuery)
		if err != nil {
			return "", "", false
		}
		return rest, query.Encode(), true
	}
	return "", "", false
}
