package caddymodule

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/traceparent"
)

// Look is what somebody at a terminal of the broker's machine is about to see of the registry
// (mcr registry show, export, backup).
type Look struct {
	Action  string `json:"action"`            // audit.LookAtRegistry, audit.CopyOfRegistry
	By      string `json:"by"`                // who, as the machine calls them
	Reason  string `json:"reason,omitempty"`  // why, in words
	Query   string `json:"query"`             // the command, without anything of a patient
	Patient string `json:"patient,omitempty"` // NHS number; of LookAtRegistry alone
	Alert   bool   `json:"alert,omitempty"`   // the privacy officer is to look at it
}

// Looked is the answer of POST /broker/look: the id of the record, which is durable.
type Looked struct {
	ID string `json:"id"`
}

// mostReason bounds what somebody writes about why they look.
const mostReason = 500

// Record makes the record of a look. No NHS number is in it but as the protector gives it.
func (l Look) Record(p *protect.Protector, now time.Time) (*audit.Record, error) {
	switch {
	case !legible.Name(l.By):
		return nil, errors.New("say who looks")
	case l.Action != audit.LookAtRegistry && l.Action != audit.CopyOfRegistry:
		return nil, errors.New("this is no look at the registry")
	case len(l.Reason) > mostReason || len(l.Query) > mostReason || len(l.By) > mostReason:
		return nil, errors.New("the reason is too long")
	}
	r := &audit.Record{
		ID: audit.NewID(), TimeIn: now, TimeOut: now, TraceID: traceparent.New().Trace(), Outcome: audit.Released,
		Reasons: []string{}, UserID: nhs.WithoutNumbers(l.By), Action: l.Action, Interaction: "read", Alert: l.Alert,
		Query: nhs.WithoutNumbers(l.Query), EmergencyReason: nhs.WithoutNumbers(l.Reason),
	}
	if l.Action == audit.CopyOfRegistry {
		return r, nil
	}
	number, err := nhs.ParseNumber(l.Patient)
	if err != nil {
		return nil, err
	}
	p.About(r, number)
	return r, nil
}

// recordLook answers POST /broker/look: the look is in the trail when it is answered, and only then may
// anything be shown.
func recordLook(w http.ResponseWriter, r *http.Request) error {
	a := inForce.Load()
	if r.Method != http.MethodPost || a == nil || a.shared == nil {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: errors.New("no broker is in force, or this is no POST")}
	}
	var l Look
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&l); err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: errors.New("the look is not understood")} // its words may be a number
	}
	record, err := l.Record(a.shared.protector, time.Now())
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	if err := (recorder{a.shared}).Append(r.Context(), record); err != nil {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: err}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(Looked{record.ID})
}
