package collect

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/vouch"
)

// Document is a document that a source's broker hands over. Body must be closed.
type Document struct {
	ContentType string
	Extension   string // by which programs know its kind: "pdf"
	Size        int64  // of Body; one that ends before broke off
	Body        io.ReadCloser
}

// NotOpened says why a document cannot be shown, as its broker told it.
type NotOpened struct {
	Status int // as the broker answered; 502 when it did not, or made no sense
	Reason Reason
}

// Error names the reason's code.
func (n *NotOpened) Error() string { return "opening a document: " + n.Reason.Code }

// Link gives the token of a link to a document that the source's broker wrote into an
// entry. What leads anywhere else is none.
func (s Source) Link(address string) (token string, ok bool) {
	token, ok = strings.CutPrefix(address, s.base()+"/"+fhir.DocumentLink(""))
	return token, ok && isPage(token)
}

// answersWithin is how long a broker may take until a document begins: it asks its
// source twice.
const answersWithin = 40 * time.Second

// Open opens a link to a document at a source, by its token and with the professional's
// own bearer token, which goes to that source's broker and nowhere else; from is where
// their own request came from (see Question.From). The broker
// decides and records; nothing is kept here. The error is a *NotOpened.
func (c *Collector) Open(ctx context.Context, bearer string, from vouch.Person, source, link string) (*Document, error) {
	ctx, stop := context.WithCancel(ctx)
	late := time.AfterFunc(answersWithin, stop)
	response, err := c.opening(ctx, bearer, from, source, link)
	if err != nil {
		stop()
		return nil, err
	}
	if !late.Stop() {
		stop()
	}
	d, err := c.documentOf(response)
	if err != nil {
		response.Body.Close()
		stop()
		return nil, err
	}
	d.Body = &stopping{ReadCloser: response.Body, stop: stop}
	return d, nil
}

func (c *Collector) opening(ctx context.Context, bearer string, from vouch.Person, source, link string) (*http.Response, error) {
	for _, s := range c.cfg.Sources {
		if s.ID != source || !isPage(link) {
			continue
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Broker+"/"+fhir.DocumentLink(link), nil)
		if err != nil {
			break
		}
		r.Header = http.Header{
			"Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "Authorization": {"Bearer " + bearer},
			"Traceparent": {traceOf("").String()}, "User-Agent": {"mcr-collect"},
		}
		c.Sign(r, from)
		response, err := c.client.Do(r)
		if err != nil {
			return nil, &NotOpened{http.StatusBadGateway, c.told(unavailable)} // the error holds the address
		}
		return response, nil
	}
	return nil, &NotOpened{http.StatusNotFound, c.told(notLinked)}
}

// disposition is what a broker says of every document.
var disposition = regexp.MustCompile(`^attachment; filename="document\.([a-z]{3,4})"$`)

// documentOf reads a broker's answer up to its body.
func (c *Collector) documentOf(response *http.Response) (*Document, error) {
	if response.StatusCode != http.StatusOK {
		if reason, ok := reasonOf(response); ok && response.StatusCode >= 400 {
			return nil, &NotOpened{response.StatusCode, reason}
		}
		if response.StatusCode >= 500 {
			return nil, &NotOpened{http.StatusBadGateway, c.told(unavailable)}
		}
		return nil, &NotOpened{http.StatusBadGateway, c.told(notUnderstood)}
	}
	named := disposition.FindStringSubmatch(response.Header.Get("Content-Disposition"))
	_, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if encoding := response.Header.Get("Content-Encoding"); named == nil || err != nil || response.ContentLength < 0 || encoding != "" && encoding != "identity" {
		return nil, &NotOpened{http.StatusBadGateway, c.told(notUnderstood)} // no broker's answer
	}
	return &Document{ContentType: response.Header.Get("Content-Type"), Extension: named[1], Size: response.ContentLength}, nil
}

// stopping ends the request when its body is closed.
type stopping struct {
	io.ReadCloser
	stop context.CancelFunc
}

func (s *stopping) Close() error {
	defer s.stop()
	if err := s.ReadCloser.Close(); err != nil {
		return fmt.Errorf("closing a document: %w", err)
	}
	return nil
}
