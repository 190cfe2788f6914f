package caddymodule

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/audit"
)

// What broker_logout and broker_revoke have in common: each takes a form with one token that ends
// something, and leaves one record.

// mostEnding bounds the form: a token has about 1 KB.
const mostEnding = 32 << 10

// recordWithin is how long the record may take.
const recordWithin = 5 * time.Second

// takes begins the record of a request that ends something; nil, once it is answered, for one that
// is none.
func (a *App) takes(w http.ResponseWriter, r *http.Request, action string) *audit.Record {
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	w.Header().Set("Cache-Control", "no-store")
	if a.inUse != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	rec := &audit.Record{ID: audit.NewID(), Broker: a.ID, TimeIn: time.Now(), Action: action}
	rec.ClientIP, _ = caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	return rec
}

// tooMuch answers what was refused when so much was that it is not recorded, and reports whether
// it did.
func (a *App) tooMuch(w http.ResponseWriter, rec *audit.Record) bool {
	if rec.Outcome != audit.Refused && rec.Issuer != "" || a.shared.junk.recorded() {
		return false
	}
	w.Header().Set("Retry-After", "60")
	w.WriteHeader(http.StatusTooManyRequests)
	return true
}

// recorded makes the record durable. over says whether something has ended.
func (a *App) recorded(r *http.Request, rec *audit.Record, over bool) bool {
	rec.TimeOut = time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordWithin)
	defer cancel()
	lost := (recorder{a.shared}).Append(ctx, rec)
	if lost != nil {
		a.log.Error("the end of a session or of a token could not be recorded", slog.String("record", rec.ID), slog.Bool("over", over), slog.Any("error", lost))
	}
	return lost == nil
}

// answerFault answers as OAuth 2.0 does (RFC 6749 §5.2), with the status in the record.
func answerFault(w http.ResponseWriter, rec *audit.Record, code, text string) error {
	w.Header().Set("Content-Type", "application/json")
	if rec.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(rec.Status)
	_, err := w.Write([]byte(`{"error":"` + code + `","error_description":"` + text + ` Record ` + rec.ID + `."}` + "\n"))
	return err
}

var errForm = errors.New("reading what is to end: not a form with one token")

// oneOf reads a form (Back-Channel Logout §2.5, RFC 7009 §2.1) in which a field stands once. Others
// are passed over.
func oneOf(w http.ResponseWriter, r *http.Request, field string) (string, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
		return "", errForm
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostEnding)
	if r.ParseForm() != nil || len(r.PostForm[field]) != 1 {
		return "", errForm
	}
	return r.PostForm.Get(field), nil
}
