package intake

import (
	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
)

var requestStatus = map[string]registry.Status{"active": registry.Active, "draft": none, "on-hold": registry.Ended, "revoked": registry.Ended,
	"completed": registry.Ended, "unknown": registry.Ended, "entered-in-error": registry.Void}

// The tests that a ServiceRequest asks for, by its category. Of which it asks for a relationship, such as
// a referral, is said by Kinds.
var requestCategories = map[string]string{
	"http://snomed.info/sct|108252007":                                                 "laboratory",
	"http://snomed.info/sct|363679005":                                                 "imaging",
	"http://terminology.hl7.org/CodeSystem/observation-category|laboratory":            "laboratory",
	"http://terminology.hl7.org/CodeSystem/observation-category|imaging":               "imaging",
	"https://mycarerecord.example/fhir/CodeSystem/service-request-category|laboratory": "laboratory",
	"https://mycarerecord.example/fhir/CodeSystem/service-request-category|imaging":    "imaging",
}

// requestIntents are FHIR R4's intents: whether one is an order. Only an order is an
// authority to act. A suggestion, a plan and an option are none yet; a directive is
// the patient's own.
var requestIntents = map[string]bool{"order": true, "original-order": true, "reflex-order": true, "filler-order": true,
	"instance-order": true, "proposal": false, "plan": false, "directive": false, "option": false}

// orders says whether the request is one to do something: its intent and
// doNotPerform, FHIR's modifier elements (attack 157).
func (r *resource) orders() bool {
	intent := r.text("intent")
	order, known := requestIntents[intent]
	switch {
	case !known:
		r.wrong("intent is missing or not one of FHIR R4's: correct it")
	case r.flag("doNotPerform", false):
		order = false
		r.why = "doNotPerform, says not to do it"
	case !order:
		r.why = "intent " + intent + ", orders nothing"
	}
	return order
}

// serviceRequest reads a referral to, or a test ordered of, its performer.
func (r *resource) serviceRequest() {
	status, made := r.made(requestStatus)
	if !r.orders() || !made {
		return
	}
	kinds, tests := r.oneOf("category", r.kinds.coded[r.kind]), r.oneOf("category", requestCategories)
	if len(kinds)+len(tests) == 0 {
		r.why = "category is none of referral, laboratory and imaging"
		return
	}
	e := registry.Entry{Status: status, Patient: r.patient("subject"),
		Validity: access.Validity{From: r.past("authoredOn")}}
	if r.has("occurrencePeriod") {
		e.Until = r.period("occurrencePeriod").Until
	}
	if e.From.IsZero() {
		r.wrong("authoredOn is missing: say when it was ordered")
	}
	r.performers(&e)
	if len(kinds)+len(tests) > 1 {
		r.wrong("category is more than one of referral, laboratory and imaging: use one of the codes of docs/registry-import.md")
		return
	}
	if len(kinds) > 0 {
		if e.Organisation.IsZero() {
			r.wrong("performer names no organisation: name the one that the patient is referred to")
		}
		e.UserID = ""
		r.relationship(kinds[0], e)
		return
	}
	e.Kind = registry.KindTestOrder
	e.Detail = registry.Detail{Category: tests[0], State: r.text("status")}
	if e.Status == registry.Ended && e.Detail.State != "on-hold" {
		e.Detail.ClosedAt = r.in("meta").past("lastUpdated") // else when we are told (merge.go)
	}
	if e.Detail.State == "completed" {
		r.why = "" // the policies open it for some days more
	}
	r.stands("", e)
}
