package collect

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
)

const reasonSystem = fhir.ReasonSystem

// searchset reads one page of a broker's answer and adds it. It reports false for
// what no broker writes.
func (v *visit) searchset(a *answer, body []byte) bool {
	bundle, err := readStrict(body)
	if err != nil {
		return false
	}
	resourceType, _ := text(first(bundle, "resourceType"))
	kind, _ := text(first(bundle, "type"))
	if resourceType != "Bundle" || kind != "searchset" {
		return false
	}
	if raw := first(bundle, "entry"); raw != nil {
		entries, ok := elements(raw)
		if !ok {
			return false
		}
		a.entries = slices.Grow(a.entries, len(entries))
		for _, raw := range entries {
			if !v.entry(a, members(raw)) {
				return false
			}
		}
	}
	return v.nextPage(a, bundle)
}

// entry judges one entry.
func (v *visit) entry(a *answer, entry []member) bool {
	raw := first(entry, "resource")
	resource := members(raw)
	typ, _ := text(first(resource, "resourceType"))
	mode, _ := text(first(members(first(entry, "search")), "mode"))
	if mode == "outcome" {
		return typ == "OperationOutcome" && a.note(resource)
	}
	e := Entry{Type: typ, Resource: raw, Included: mode == "include"}
	e.ID, _ = text(first(resource, "id"))
	e.FullURL, _ = text(first(entry, "fullUrl"))
	switch {
	case !isTypeName(typ) || !isID(e.ID), mode != "match" && mode != "include",
		!e.Included && typ != a.typ, e.Included && len(a.include) == 0,
		e.FullURL != v.source.base()+"/"+typ+"/"+e.ID: // it names another place
		return false
	}
	a.entries = append(a.entries, e)
	return true
}

// note reads what the broker says of what is not shown. What it says in words that
// are not known here is taken for that.
func (a *answer) note(outcome []member) bool {
	reason, ok := readReason(outcome)
	if !ok {
		return false
	}
	if reason.Code == string(MayBeWithheld) {
		a.mayBe = true
	} else {
		a.withheld = true
	}
	return true
}

// nextPage takes the link to the page that follows. One that leads out of the
// broker's base, or to another type, is no broker's.
func (v *visit) nextPage(a *answer, bundle []member) bool {
	raw := first(bundle, "link")
	if raw == nil {
		return true
	}
	links, ok := elements(raw)
	if !ok {
		return false
	}
	for _, raw := range links {
		link := members(raw)
		if relation, _ := text(first(link, "relation")); relation != "next" {
			continue
		}
		address, _ := text(first(link, "url"))
		query, ok := strings.CutPrefix(address, v.source.base()+"/"+a.typ+"?")
		if !ok || a.next != "" {
			return false
		}
		values, err := url.ParseQuery(query)
		if err != nil || len(values) != 1 || len(values["_page"]) != 1 || !isPage(values.Get("_page")) {
			return false
		}
		a.next = v.source.Broker + "/" + a.typ + "?" + values.Encode()
	}
	return true
}

// isPage says that a text could be a page token: base64url.
func isPage(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 8<<10
}

// isID says that a text is a FHIR id (R4 §2.24.0.1).
func isID(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isTypeName(s string) bool {
	for i := range len(s) {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
