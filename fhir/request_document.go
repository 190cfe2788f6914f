package fhir

import (
	"net/http"
	"strings"
)

// binaryType is the type of documents. None is read by an id: what it is, and whose,
// stands in the resource that points to it, whose answer has a sealed link to it.
const binaryType = "Binary"

// DocumentLink is the address, below a broker's base, that a sealed link to a document
// makes. Its token is base64url and stands in the address as it is.
func DocumentLink(token string) string { return binaryType + "?" + linkParam + token }

const linkParam = "_link="

// parseDocument reads "Binary?_link=token", with nothing beside it. Any Accept header
// will do: what comes is of the document's own kind.
func (l Limits) parseDocument(r *http.Request, addr address) (Request, *Refusal) {
	if refusal := judgeMethod(r, addr); refusal != nil {
		return Request{}, refusal
	}
	if len(r.URL.RawQuery) > l.Query {
		return Request{}, refuse(QueryTooLong)
	}
	if refusal := judgeBody(r, addr); refusal != nil {
		return Request{}, refusal
	}
	token, ok := strings.CutPrefix(r.URL.RawQuery, linkParam)
	switch {
	case !ok:
		return Request{}, refuse(TypeNotOffered)
	case len(token) > l.PageToken:
		return Request{}, refuse(QueryTooLong)
	case !isPageToken(token):
		return Request{}, refuse(ParameterNotUnderstood)
	}
	return Request{Interaction: Document, Type: binaryType, Link: token}, nil
}
