package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

const (
	// documentLasts is how long a link to a document can be opened.
	documentLasts = 15 * time.Minute
	// documentReadWithin is how long a client may take to read one.
	documentReadWithin = 5 * time.Minute
)

// document is what a link to a document holds: the resource that points to it, whose
// it is, and where it is at the source.
type document struct {
	Until   int64  `json:"u"`
	Type    string `json:"t"`
	ID      string `json:"i"`
	Number  string `json:"n"`
	LocalID string `json:"l"`
	Target  string `json:"x"`
}

// Why a document does not leave, besides what is wrong with any answer.
var (
	errWithheld  = errors.New("the document, or what it belongs to, is not to be shown")
	errKind      = errors.New("the document is of a kind that is not handed on")
	errOtherKind = errors.New("the document's bytes are not of the kind that it is said to be")
)

// viewDocument opens a link. That somebody was given it proves nothing: it is decided
// anew, the resource that points to the document is read again, and must be shown by
// the plan of now, with this very address still in it.
func (x *exchange) viewDocument(ctx context.Context, q access.Question) answer {
	var link document
	err := x.broker.Pages.open(q, toDocument, q.Request.Link, &link)
	if err != nil || x.started.Unix() >= link.Until {
		return x.refuse(http.StatusNotFound, "link-not-found")
	}
	if link.Number != "" {
		if q.Patient, err = nhs.ParseNumber(link.Number); err != nil {
			return x.refuse(http.StatusNotFound, "link-not-found")
		}
	}
	q.Request = fhir.Request{Interaction: fhir.Read, Type: link.Type, ID: link.ID}
	x.record.ResourceType, x.record.Query = link.Type, canonical(q.Request)
	if a, ok := x.scoped(q.Subject, q.Request); !ok {
		return a
	}
	decision, facts := x.decide(ctx, q)
	if a, ok := x.permitted(decision); !ok {
		return a
	}
	owner := fhir.Owner{Numbers: numbers(q.Patient, facts)}
	if link.LocalID != "" {
		owner.LocalIDs = []string{link.LocalID}
	}
	host, a, err := x.pointing(ctx, q, owner, decision.Plan, link.Target)
	if err != nil {
		return x.notOpened(err)
	}
	leave, busy := x.broker.Documents.enter(q.Subject.UserID)
	if busy != 0 {
		return x.noPlace(busy)
	}
	got := &held{}
	defer func() {
		if got.leave == nil { // not handed over, whatever happened
			leave()
		}
	}()
	if err := x.bytes(ctx, q, owner, decision.Plan, link.Target, a.ContentType, got); err != nil {
		return x.notOpened(err)
	}
	x.counted(host)
	x.record.Outcome = audit.Released
	digest := sha256.Sum256(got.bytes)
	x.record.DocumentType, x.record.DocumentBytes, x.record.DocumentDigest = got.kind.name, int64(len(got.bytes)), hex.EncodeToString(digest[:])
	got.leave = leave
	return answer{status: http.StatusOK, body: got.bytes, held: got, readWithin: documentReadWithin, header: got.kind.header()}
}

// pointing reads a resource again and cuts it to the plan: it must be shown, and still
// point to the document at target.
func (x *exchange) pointing(ctx context.Context, q access.Question, owner fhir.Owner, plan fhir.Plan, target string) (host fhir.Filtered, found fhir.Attachment, err error) {
	links, pointed := x.links(q, owner), false
	links.Document = func(a fhir.Attachment) string {
		if at, ok := x.broker.links.Document(a.Address); ok && at == target && !pointed {
			found, pointed = a, true
		}
		return ""
	}
	host, err = x.readAgain(ctx, q.Request, owner, plan, links)
	if err == nil && !pointed { // masked by now, or another document stands there
		x.record.Withheld = map[string]int{"withheld": 1}
		err = errWithheld
	}
	return host, found, err
}

// readAgain reads one resource and holds it against the plan: errWithheld when it is
// not there, or not to be shown.
func (x *exchange) readAgain(ctx context.Context, ask fhir.Request, owner fhir.Owner, plan fhir.Plan, links fhir.Links) (fhir.Filtered, error) {
	got, err := x.fetch(ctx, ask.Target(""))
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return fhir.Filtered{}, err
	}
	defer got.free()
	if !got.found {
		return fhir.Filtered{}, errWithheld
	}
	buffer := newBuffer()
	cut, _, err := x.cut(ctx, buffer.bytes, got.body(), ask, owner, plan, links)
	if err != nil {
		buffer.discard()
		x.blamed(cut.Causes)
		return fhir.Filtered{}, err
	}
	buffer.bytes = cut.Body
	buffer.free()
	cut.Body = nil
	if len(cut.Released) == 0 {
		x.record.Withheld = cut.Withheld
		x.blamed(cut.Causes)
		return fhir.Filtered{}, errWithheld
	}
	return cut, nil
}

// notOpened is the answer when a document does not leave.
func (x *exchange) notOpened(err error) answer {
	switch {
	case errors.Is(err, errWithheld):
		return x.hide()
	case errors.Is(err, errKind):
		return x.refuse(http.StatusForbidden, "document-kind-not-offered")
	case errors.Is(err, errOtherKind):
		return x.fail(http.StatusBadGateway, "document-not-as-declared", audit.Failed)
	case errors.Is(err, errTooLarge):
		return x.fail(http.StatusBadGateway, "document-too-large", audit.Failed)
	}
	return x.unusable(err)
}
