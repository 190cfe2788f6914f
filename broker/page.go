package broker

import (
	"bytes"
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

// Pages seals a source's address, of a further page or of a document, into a value that
// only the same person, in the same role, can use for the same patient at the same
// source. What it opens is decided on anew.
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
	ID      string       `json:"i"` // of the item, for a history
	Params  []fhir.Param `json:"p"`
	Shape   fhir.Shape   `json:"s"`
	Number  string       `json:"n"`
	LocalID string       `json:"l"`
	from
}

// Uses of a sealed value: one of the one kind opens nothing of the other.
const (
	toPage     = "page"
	toDocument = "document"
)

// bound is who and what a value is bound to: authenticated, and not in it.
func bound(q access.Question, use string) []byte {
	return []byte(strings.Join([]string{use, q.Source.ID, q.Subject.Issuer, q.Subject.UserID,
		q.Subject.Role.String(), q.Subject.Organisation.String()}, "\x00"))
}

// seal seals content, which is plain data: a value in base64url.
func (p *Pages) seal(q access.Question, use string, content any) string {
	plain, err := json.Marshal(content)
	if err != nil {
		return ""
	}
	return p.sealBytes(q, use, plain)
}

func (p *Pages) sealBytes(q access.Question, use string, plain []byte) string {
	nonce := make([]byte, p.aead.NonceSize(), p.aead.NonceSize()+len(plain)+p.aead.Overhead())
	_, _ = rand.Read(nonce) // crypto/rand never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(p.aead.Seal(nonce, nonce, plain, bound(q, use)))
}

var errSealed = errors.New("what was sealed is not of this person, patient or source, or is no such thing")

// open reads into content what was sealed for who asks.
func (p *Pages) open(q access.Question, use, token string, content any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < p.aead.NonceSize() {
		return errSealed
	}
	nonce, sealed := sealed[:p.aead.NonceSize()], sealed[p.aead.NonceSize():]
	plain, err := p.aead.Open(nil, nonce, sealed, bound(q, use))
	if err != nil || json.Unmarshal(plain, content) != nil {
		return errSealed
	}
	return nil
}

// further is the address of the page that begins at a place of the source's.
//
// How long the address is depends on what was asked alone: how far the source was read,
// and how it writes its own addresses, would tell how much lies between two shown items.
func (x *exchange) further(q access.Question, owner fhir.Owner, at from) (string, error) {
	const slack, step = 512, 512
	content := page{
		Until: x.started.Add(pageLasts).Unix(), Type: q.Request.Type, ID: q.Request.ID, Params: q.Request.Params, Shape: q.Request.Shape,
		Number: q.Patient.Digits(), from: at,
	}
	if len(owner.LocalIDs) == 1 {
		content.LocalID = owner.LocalIDs[0]
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	content.from = beginning(q.Request.Filling().Target(content.LocalID))
	first, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	size := len(first) + slack + q.Request.RoomForPassed()
	for size < len(plain) {
		size += step
	}
	plain = append(plain, bytes.Repeat([]byte(" "), size-len(plain))...)
	return x.broker.publicBase(x.request) + "/" + q.Request.Place() + "?_page=" + x.broker.Pages.sealBytes(q, toPage, plain), nil
}

// viewPage is a further page of a search: the same line as for the first.
func (x *exchange) viewPage(ctx context.Context, q access.Question) answer {
	var content page
	err := x.broker.Pages.open(q, toPage, q.Request.Page, &content)
	if err != nil || content.Type != q.Request.Type || content.ID != q.Request.ID || x.started.Unix() >= content.Until {
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
	owner := fhir.Owner{Numbers: numbers(q.Patient, facts)}
	if content.LocalID != "" {
		owner.LocalIDs = []string{content.LocalID}
	}
	if q.Request.Interaction == fhir.History { // each page is of an item that may be seen now
		lent, a, shown := x.stillShown(ctx, q, owner, decision)
		if !shown {
			return a
		}
		owner.Lent = lent
	}
	got, err := x.fetch(ctx, content.from.Target)
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return x.unusable(err)
	}
	if !got.found {
		got.free()
		return x.fail(http.StatusBadGateway, "source-answer-not-understood", audit.Failed)
	}
	return x.releasePage(ctx, q, owner, decision, got, content.from)
}
