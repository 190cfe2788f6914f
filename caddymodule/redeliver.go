package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/legible"
)

// comparedWithin is how long a store may go without having been compared.
const comparedWithin = time.Hour

// kept says what is red about what the trail's store should have.
func (p *shared) kept() map[string]string {
	red := map[string]string{}
	if lost := p.reconciler.Report().Open(); lost != "" {
		red["trail-missing"] = lost + "; mcr audit redeliver names them (docs/operating.md)"
	}
	if err := p.refused(); err != nil {
		red["trail-refuses"] = err.Error()
	}
	if ago := p.reconciler.Ago(); ago > comparedWithin {
		red["trail-not-compared"] = fmt.Sprintf("the trail's store was last compared with what was delivered to it %s ago: %s",
			ago.Round(time.Second), p.reconciler.Report().Fault)
	}
	return red
}

// trailNow is what the admin address says of the trail's store, in full.
func (a *App) trailNow() *reconcile.Report {
	if a.shared == nil {
		return nil
	}
	report := a.shared.reconciler.Report()
	return &report
}

// Redelivered is the answer of POST /broker/redeliver.
type Redelivered struct {
	Report reconcile.Report `json:"report"`
	Error  string           `json:"error,omitempty"` // why the comparison did not come to its end
}

// redeliver answers POST /broker/redeliver: the store is compared now with what the spool holds
// (?all=true: with all that was ever delivered), what it lost is delivered again, and what came
// of it is told. With ?accept=<reason>, and who accepts it in Mcr-By, what is gone is accepted.
func redeliver(w http.ResponseWriter, r *http.Request) error {
	a := inForce.Load()
	if r.Method != http.MethodPost || a == nil || a.shared == nil {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: errors.New("no broker is in force, or this is no POST")}
	}
	parts := a.shared
	var answer Redelivered
	var err error
	if answer.Report, err = parts.reconciler.Now(r.Context(), r.URL.Query().Get("all") == "true"); err != nil {
		answer.Error = err.Error()
	}
	if reason := r.URL.Query().Get("accept"); reason != "" {
		if err := parts.reconciler.Accept(r.Context(), parts.journal.Append, legible.Line(r.Header.Get("Mcr-By")), reason); err != nil {
			return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
		}
		answer.Report.Lost = parts.reconciler.Report().Lost
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}
