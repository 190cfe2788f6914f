package broker

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// pageLasts is how long a link to a further page can be followed.
const pageLasts = 15 * time.Minute

// Pages seals a source's link to a further page into a value that only the same
// person, in the same role, can use for the same patient at the same source.
// What it opens is decided on anew.
type Pages struct{ aead cipher.AEAD }

// NewPages makes a sealer from a 32-byte key. With a nil key it takes a random
// one, and links end with the process.
func NewPages(key []byte) (*Pages, error) {
	if key == nil {
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Pages{aead: aead}, nil
}

// page is what a page token holds.
type page struct {
	Until   int64        `json:"u"`
	Type    string       `json:"t"`
	Params  []fhir.Param `json:"p"`
	Shape   fhir.Shape   `json:"s"`
	Number  string       `json:"n"`
	LocalID string       `json:"l"`
	Target  string       `json:"x"`
}

// bound is who and what a token is bound to: authenticated, and not in the token.
func bound(q access.Question) []byte {
	return []byte(strings.Join([]string{q.Source.ID, q.Subject.Issuer, q.Subject.UserID,
		q.Subject.Role.String(), q.Subject.Organisation.String()}, "\x00"))
}

func (p *Pages) seal(q access.Question, content page) string {
	plain, err := json.Marshal(content)
	if err != nil {
		return ""
	}
	nonce := make([]byte, p.aead.NonceSize(), p.aead.NonceSize()+len(plain)+p.aead.Overhead())
	_, _ = rand.Read(nonce) // crypto/rand never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(p.aead.Seal(nonce, nonce, plain, bound(q)))
}

var errPage = errors.New("page token is not of this person, patient or source, or has ended")

func (p *Pages) open(q access.Question, token string, now time.Time) (page, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < p.aead.NonceSize() {
		return page{}, errPage
	}
	nonce, sealed := sealed[:p.aead.NonceSize()], sealed[p.aead.NonceSize():]
	plain, err := p.aead.Open(nil, nonce, sealed, bound(q))
	if err != nil {
		return page{}, errPage
	}
	var content page
	if err := json.Unmarshal(plain, &content); err != nil || now.Unix() >= content.Until {
		return page{}, errPage
	}
	return content, nil
}

// viewPage is a further page of a search: the same line as for the first.
func (x *exchange) viewPage(ctx context.Context, q access.Question) answer {
	content, err := x.broker.Pages.open(q, q.Request.Page, x.started)
	if err != nil || content.Type != q.Request.Type {
		return x.refuse(http.StatusNotFound, "page-not-found")
	}
	if content.Number != "" {
		if q.Patient, err = nhs.ParseNumber(content.Number); err != nil {
			return x.refuse(http.StatusNotFound, "page-not-found")
		}
	}
	q.Request.Params, q.Request.Shape = content.Params, content.Shape
	x.record.Query = canonical(q.Request)
	decision, facts := x.decide(ctx, q)
	if a, ok := x.permitted(decision); !ok {
		return a
	}
	got, err := x.fetch(ctx, content.Target)
	x.record.Spent.Fetch = x.spent()
	if err != nil {
		return x.unusable(err)
	}
	if !got.found {
		got.free()
		return x.fail(http.StatusBadGateway, "source-answer-not-understood", audit.Failed)
	}
	owner := fhir.Owner{Numbers: numbers(q.Patient, facts)}
	if content.LocalID != "" {
		owner.LocalIDs = []string{content.LocalID}
	}
	return x.release(ctx, q, owner, decision, got)
}

// links tells the filter how addresses of the answer are written.
func (x *exchange) links(q access.Question, owner fhir.Owner) fhir.Links {
	base := x.broker.publicBase(x.request)
	return fhir.Links{Base: base, Source: x.broker.Source.BaseURL, Next: func(upstream string) string {
		target, ok := x.broker.links.Relative(upstream)
		if !ok {
			return ""
		}
		content := page{
			Until: x.started.Add(pageLasts).Unix(), Type: q.Request.Type, Params: q.Request.Params, Shape: q.Request.Shape,
			Number: q.Patient.Digits(), Target: target,
		}
		if len(owner.LocalIDs) == 1 {
			content.LocalID = owner.LocalIDs[0]
		}
		token := x.broker.Pages.seal(q, content)
		if token == "" {
			return ""
		}
		return base + "/" + q.Request.Type + "?_page=" + token
	}}
}
