package intake

import (
	"encoding/json"
	"errors"
	"maps"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir/consent"
	"github.com/mycarerecord/mcr/registry"
)

// consentCategories are what a Consent can say, by its category.
var consentCategories = map[string]string{
	consent.CategorySystem + "|" + consent.PermissionToView: consent.PermissionToView,
	consent.CategorySystem + "|opt-out":                     "opt-out",
	consent.CategorySystem + "|national-opt-out":            "national-opt-out",
}

// What a Consent of another scope says is not about who may view a record. FHIR
// R4 marks the scope a modifier: it changes what the other codes mean.
const scopeSystem = "http://terminology.hl7.org/CodeSystem/consentscope"

var otherScopes = map[string]string{
	"adr":       "scope adr, not about who may view",
	"research":  "scope research, not about who may view",
	"treatment": "scope treatment, not about who may view",
}

// consent reads a permission to view, an opt-out or a national data opt-out. One
// that is not understood is a problem, never nothing: it could be an objection.
func (r *resource) consent() {
	kinds := r.oneOf("category", consentCategories)
	scope := ""
	if codings := r.in("scope").all("coding"); len(codings) == 1 && codings[0].text("system") == scopeSystem {
		scope = codings[0].text("code")
	}
	other := otherScopes[scope]
	switch {
	case len(kinds) == 0 && other != "":
		r.status(consentStatus)
		r.why = other
		return
	case len(kinds) != 1:
		r.wrong("category is not exactly one of permission-to-view, opt-out and national-opt-out (system %s): use one of them, or leave the Consent out when it is about something else", consent.CategorySystem)
		return
	case scope == "research" && kinds[0] == "national-opt-out": // it is about that
	case scope != "patient-privacy":
		r.wrong("scope is not the one coding patient-privacy (system %s), as its category is: correct it", scopeSystem)
		return
	}
	switch kinds[0] {
	case "opt-out":
		r.objection(registry.KindOptOut)
	case "national-opt-out":
		r.objection(registry.KindNationalOptOut)
	default:
		r.permission()
	}
}

// Statuses of a Consent. An objection that is only drafted is a problem: it may be
// one that holds already.
var (
	consentStatus    = map[string]registry.Status{"draft": none, "proposed": none, "active": registry.Active, "rejected": none, "inactive": registry.Ended, "entered-in-error": registry.Void}
	objectionStatus  = map[string]registry.Status{"active": registry.Active, "inactive": registry.Ended, "entered-in-error": registry.Void}
	permissionStatus = map[string]registry.Status{"draft": none, "proposed": none, "active": registry.Active, "inactive": registry.Withdrawn, "entered-in-error": registry.Void}
)

// objection reads an opt-out. It must be a plain "deny": what would limit it is
// refused, because neither to ignore a limit nor to guess one is right.
func (r *resource) objection(kind registry.Kind) {
	switch r.text("status") {
	case "draft", "proposed", "rejected":
		r.wrong("status is draft, proposed or rejected, and it is not to be guessed whether the patient objects: give it the status active, or inactive")
		return
	}
	e := registry.Entry{Kind: kind, Patient: r.patient("patient"), Status: r.status(objectionStatus)}
	provision := r.in("provision")
	if provision.text("type") != consent.Deny {
		r.wrong("provision.type is not deny, as an opt-out is: correct it; an opt-out that ended has the status inactive")
	}
	for name := range provision.fields {
		if name != "type" && name != "period" {
			r.wrong("provision has an element besides type and period: an opt-out is whole, remove it")
			break
		}
	}
	e.Validity = provision.period("period")
	r.stands("", e)
}

func (r *resource) saysHowAsked() bool {
	for _, x := range r.all("extension") {
		if x.text("url") == consent.HowAskedURL {
			return true
		}
	}
	return false
}

// permission reads a Consent of the broker's own profile (docs/consent.md), with
// what an import must have besides: its own id, when the patient answered, and
// an end. A Consent without a provision is not a permission (attack 114).
func (r *resource) permission() {
	if r.text("status") == "rejected" {
		r.wrong("status is rejected, which may be a no: send it with the status active and provision.type deny, or leave it out")
		return
	}
	status := r.status(permissionStatus)
	if status == none {
		return
	}
	fields := maps.Clone(r.fields)
	delete(fields, "id")
	delete(fields, "meta")
	fields["status"] = consent.Active
	// How the patient was asked must be said when a permission is recorded here.
	// One that another system recorded may not say.
	said := r.saysHowAsked()
	if !said {
		list, _ := fields["extension"].([]any)
		fields["extension"] = append(list[:len(list):len(list)], map[string]any{"url": consent.HowAskedURL, "valueCode": "unknown"})
	}
	plain, err := json.Marshal(fields)
	if err != nil {
		r.wrong("cannot be written as JSON: correct it")
		return
	}
	c, err := consent.Parse(plain, r.now)
	if err != nil {
		var fault *consent.Error
		if errors.As(err, &fault) {
			r.wrong("%s %s: correct it (docs/consent.md)", fault.Element, fault.Problem)
		} else {
			r.wrong("is not a Consent of the broker's profile: correct it (docs/consent.md)")
		}
		return
	}
	given := c.Decision == consent.Permit
	if c.Asked.IsZero() {
		r.wrong("dateTime is missing: say when the patient answered")
	}
	if given && c.Until.IsZero() {
		r.wrong("provision.period.end is missing: a permission to view has an end")
	}
	if !said {
		c.How = ""
	}
	from := c.From
	if from.IsZero() {
		from = c.Asked
	}
	r.stands("", registry.Entry{Kind: registry.KindPermission, Status: status, Patient: c.Patient, UserID: c.UserID,
		Organisation: c.Organisation, Validity: access.Validity{From: from, Until: c.Until},
		Detail: registry.Detail{Given: given, Sources: c.Sources, Sensitive: c.Sensitive, How: c.How, Purpose: c.Purpose, Asked: c.Asked}})
}
