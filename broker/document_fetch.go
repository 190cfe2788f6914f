package broker

import (
	"context"
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// held is a document in memory. It must be freed, which may be done twice.
type held struct {
	bytes []byte
	kind  kind
	leave func() // gives back its place
	rec   *recorder
}

func (h *held) free() {
	clear(h.bytes) // record content does not linger
	h.bytes = nil
	if h.rec != nil {
		h.rec.free()
		h.rec = nil
	}
	if h.leave != nil {
		h.leave()
		h.leave = nil
	}
}

// bytes fetches a document whole into h, within the source's limit, and sees that it is what
// it is said to be. It is asked for at the source's own base, and no redirect is followed.
func (x *exchange) bytes(ctx context.Context, q access.Question, owner fhir.Owner, plan fhir.Plan, target, declared string, h *held) error {
	if declared != "" {
		if _, ok := kindOf(declared); !ok {
			return errKind // it need not be asked for
		}
	}
	// In FHIR's own form it is a third longer, with something around it.
	rec, err := x.ask(ctx, target, []string{accepting(declared)}, x.broker.Source.MaxDocumentBytes/3*4+64<<10)
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return err
	}
	h.rec = rec
	if err := x.opened(ctx, q, owner, plan, h, declared); err != nil {
		h.free()
		return err
	}
	return nil
}

// accepting is what a source is asked for.
func accepting(declared string) string {
	if declared == "" {
		return "application/fhir+json, */*;q=0.5"
	}
	kind, _ := kindOf(declared)
	return kind.name + ", application/fhir+json;q=0.5, */*;q=0.1"
}

// opened reads a document out of a source's answer.
func (x *exchange) opened(ctx context.Context, q access.Question, owner fhir.Owner, plan fhir.Plan, h *held, declared string) error {
	switch found, err := whole(h.rec); {
	case err != nil:
		return err
	case !found:
		return errWithheld
	}
	h.bytes = h.rec.text
	said, behind := h.rec.header.Get("Content-Type"), h.rec.header.Get("X-Security-Context")
	if name, _, _ := mime.ParseMediaType(said); name == "application/fhir+json" || name == "application/json" {
		if err := h.rec.take(fhir.Memory(h.bytes) + int64(len(h.bytes))); err != nil {
			return err
		}
		binary, err := fhir.ReadBinary(h.bytes, plan, x.broker.Source.BaseURL)
		if err != nil {
			return fmt.Errorf("%w: no Binary", errNotUnderstood)
		}
		h.rec.free()
		x.share.Hold(int64(cap(binary.Data)))
		h.rec, h.bytes, said = nil, binary.Data, binary.ContentType
		if binary.Withheld != "" {
			x.record.Withheld = map[string]int{binary.Withheld: 1}
			return errWithheld
		}
		if binary.ContextType != "" {
			behind = binary.ContextType + "/" + binary.ContextID
		}
	}
	if int64(len(h.bytes)) > x.broker.Source.MaxDocumentBytes {
		return fmt.Errorf("%w: %w", errNotUnderstood, errTooLarge)
	}
	if err := x.secured(ctx, q, owner, plan, behind); err != nil {
		return err
	}
	var err error
	h.kind, err = judgeKind(h.bytes, said, declared)
	return err
}

// secured judges what a document is kept behind (R4 §2.8, securityContext): nothing
// more than the resource that points to it, or another that may be shown as well.
func (x *exchange) secured(ctx context.Context, q access.Question, owner fhir.Owner, plan fhir.Plan, reference string) error {
	if reference == "" || reference == q.Request.Type+"/"+q.Request.ID {
		return nil
	}
	target, ok := x.broker.links.Document(reference)
	if !ok {
		return fmt.Errorf("%w: security context", errNotUnderstood)
	}
	typ, id, ok := strings.Cut(target, "/")
	if typ == "Patient" && len(owner.LocalIDs) > 0 { // whose it is, and no more
		if !slices.Contains(owner.LocalIDs, id) {
			x.record.Withheld = map[string]int{"other-patient": 1}
			return errWithheld
		}
		return nil
	}
	ask := fhir.Request{Interaction: fhir.Read, Type: typ, ID: id}
	if !ok || ask.Target("") == "" {
		x.record.Withheld = map[string]int{"type-not-allowed": 1}
		return errWithheld // of a type of which nothing is shown
	}
	_, err := x.readAgain(ctx, ask, owner, plan, x.links(q, owner))
	return err
}
