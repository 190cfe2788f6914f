package fhir

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/mycarerecord/mcr/strictjson"
)

// mostEntries is how many requests one batch may hold.
const mostEntries = 20

// BatchEntry is what one entry of a batch asks: a request, or why it is none.
type BatchEntry struct {
	Request Request
	Refusal *Refusal
}

// ParseBatch reads the body of a Batch: a Bundle of type batch whose entries each read.
// Every address goes through ParseRequest, as if it had been asked alone, and fails
// alone. What is odd about the Bundle itself refuses it whole: entries that carry
// conditions (attack 77), addresses or resources of their own beside a GET (75, 76),
// and whatever else is not in a batch of reads.
func (l Limits) ParseBatch(r *http.Request, base string, own ...string) ([]BatchEntry, *Refusal) {
	if r.ContentLength > int64(l.Form) {
		return nil, refuse(BodyTooLarge)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(l.Form)+1))
	switch {
	case err != nil:
		return nil, refuse(BodyNotUnderstood)
	case len(body) > l.Form:
		return nil, refuse(BodyTooLarge)
	}
	bundle, err := strictjson.Decode(body, strictjson.Answers)
	if err != nil || bundle["resourceType"] != "Bundle" || !holdsOnly(bundle, "resourceType", "id", "meta", "type", "entry") {
		return nil, refuse(BatchNotUnderstood)
	}
	if bundle["type"] == "transaction" {
		return nil, refuse(InteractionNotOffered)
	}
	entries, ok := bundle["entry"].([]any)
	if !ok || bundle["type"] != "batch" || len(entries) == 0 {
		return nil, refuse(BatchNotUnderstood)
	}
	if len(entries) > mostEntries {
		return nil, refuse(BatchTooLarge)
	}
	all := make([]BatchEntry, 0, len(entries))
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		request, ok := entry["request"].(map[string]any)
		method, isText := request["method"].(string)
		address, isAddress := request["url"].(string)
		if !ok || !isText || !isAddress || !holdsOnly(request, "method", "url") ||
			!holdsOnly(entry, "request") && (method == http.MethodGet || !holdsOnly(entry, "request", "resource", "fullUrl")) {
			return nil, refuse(BatchNotUnderstood)
		}
		all = append(all, l.batchEntry(method, address, base, own))
	}
	return all, nil
}

// batchEntry reads what one entry asks.
func (l Limits) batchEntry(method, address, base string, own []string) BatchEntry {
	if method != http.MethodGet {
		return BatchEntry{Refusal: notAllowed(ReadOnly, "GET")} // a POST _search or $everything too (attack 142)
	}
	target, ok := relativeTo(address, own)
	if !ok {
		return BatchEntry{Refusal: refuse(PathNotUnderstood)}
	}
	u, err := url.ParseRequestURI(strings.TrimSuffix(base, "/") + "/" + target)
	if err != nil || u.Host != "" || strings.ContainsAny(target, "# ") {
		return BatchEntry{Refusal: refuse(PathNotUnderstood)}
	}
	req, refusal := l.ParseRequest(&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, Body: http.NoBody}, base, own...)
	if refusal == nil {
		switch req.Interaction {
		case Read, VRead, History, Search:
		default: // one answer for many, a document, a Bundle within a Bundle
			req, refusal = Request{Type: req.Type}, refuse(InteractionNotOffered)
		}
	}
	return BatchEntry{Request: req, Refusal: refusal}
}

// relativeTo takes "Observation?patient=1", or the broker's own address of it. Any other
// server's is none, and nor is one that begins with a slash: to which base it belongs,
// servers disagree (attack 75).
func relativeTo(address string, own []string) (string, bool) {
	if scheme, after, ok := strings.Cut(address, "://"); ok && (scheme == "http" || scheme == "https") {
		for _, base := range own {
			_, base, _ = strings.Cut(strings.TrimSuffix(base, "/"), "://")
			if rest, ok := strings.CutPrefix(after, base+"/"); ok && base != "" {
				return rest, rest != "" && rest[0] != '/'
			}
		}
		return "", false
	}
	return address, address != "" && address[0] != '/' && address[0] != '?'
}

// holdsOnly says that an object has no members but these.
func holdsOnly(object map[string]any, names ...string) bool {
	n := 0
	for _, name := range names {
		if _, ok := object[name]; ok {
			n++
		}
	}
	return n == len(object)
}
