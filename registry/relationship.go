package registry

import "github.com/mycarerecord/mcr/access"

// Each status that the import knows → what it means here. A status that is not
// among them is a problem, not a guess.
var (
	episodeStatus = map[string]Status{"planned": Active, "waitlist": Active, "active": Active, "onhold": Active,
		"finished": Ended, "cancelled": Ended, "entered-in-error": Void}
	encounterStatus = map[string]Status{"planned": Active, "arrived": Active, "triaged": Active, "in-progress": Active,
		"onleave": Active, "finished": Ended, "cancelled": Ended, "unknown": Ended, "entered-in-error": Void}
	careTeamStatus = map[string]Status{"active": Active, "proposed": Ended, "suspended": Ended, "inactive": Ended,
		"entered-in-error": Void}
	requestStatus = map[string]Status{"active": Active, "draft": Ended, "on-hold": Ended, "revoked": Ended,
		"completed": Ended, "unknown": Ended, "entered-in-error": Void}
)

func (r *resource) status(known map[string]Status) Status {
	code := r.text("status")
	s, ok := known[code]
	if !ok {
		r.wrong("status is missing or not one of FHIR R4's for this type: correct it")
	}
	return s
}

// relationship adds a care relationship. What is only planned needs a beginning:
// without one it would hold already.
func (r *resource) relationship(form string, e Entry) {
	if r.text("status") == "planned" && e.From.IsZero() {
		r.wrong("period.start is missing, and the status is planned: say from when it is planned")
	}
	e.Kind, e.Detail.Form = KindRelationship, form
	r.stands("", e)
}

func (r *resource) episodeOfCare() {
	r.relationship("episode", Entry{Status: r.status(episodeStatus), Patient: r.patient("patient"),
		Organisation: r.organisation("managingOrganization"), Validity: r.period("period")})
}

// encounter reads an admission, a call or another encounter, by its class.
func (r *resource) encounter() {
	form := "encounter"
	class := r.in("class")
	if class.text("system") != encounterClassSystem {
		r.wrong("class.system is not %s: use its codes", encounterClassSystem)
	}
	switch class.text("code") {
	case "IMP", "ACUTE", "NONAC":
		form = "admission"
	case "VR", "FLD": // by telephone or video; an ambulance at the patient's side
		form = "call"
	case "":
		r.wrong("class.code is missing: add it")
	}
	r.relationship(form, Entry{Status: r.status(encounterStatus), Patient: r.patient("subject"),
		Organisation: r.organisation("serviceProvider"), Validity: r.period("period")})
}

func (r *resource) careTeam() {
	e := Entry{Status: r.status(careTeamStatus), Patient: r.patient("subject"), Validity: r.period("period")}
	teams := r.all("managingOrganization")
	if len(teams) != 1 {
		r.wrong("managingOrganization does not name exactly one organisation: name the one whose caseload it is")
	} else {
		holder := element{fields: map[string]any{"managingOrganization": teams[0].fields}, problems: r.problems}
		e.Organisation = holder.organisation("managingOrganization")
	}
	r.relationship("caseload", e)
}

// What a ServiceRequest asks for, by its category.
var requestCategories = map[string]string{
	"http://snomed.info/sct|3457005":                                                   "referral",
	"http://snomed.info/sct|108252007":                                                 "laboratory",
	"http://snomed.info/sct|363679005":                                                 "imaging",
	"http://terminology.hl7.org/CodeSystem/observation-category|laboratory":            "laboratory",
	"http://terminology.hl7.org/CodeSystem/observation-category|imaging":               "imaging",
	"https://mycarerecord.example/fhir/CodeSystem/service-request-category|referral":   "referral",
	"https://mycarerecord.example/fhir/CodeSystem/service-request-category|laboratory": "laboratory",
	"https://mycarerecord.example/fhir/CodeSystem/service-request-category|imaging":    "imaging",
}

// serviceRequest reads a referral to, or a test ordered of, its performer.
func (r *resource) serviceRequest() {
	e := Entry{Status: r.status(requestStatus), Patient: r.patient("subject"),
		Validity: access.Validity{From: r.moment("authoredOn")}}
	if r.has("occurrencePeriod") {
		e.Until = r.period("occurrencePeriod").Until
	}
	if e.From.IsZero() {
		r.wrong("authoredOn is missing: say when it was ordered")
	}
	r.performers(&e)
	kinds := r.oneOf("category", requestCategories)
	if len(kinds) != 1 {
		r.wrong("category is not exactly one of referral, laboratory and imaging: use one of the codes of docs/registry-import.md")
		return
	}
	if kinds[0] == "referral" {
		if e.Organisation.IsZero() {
			r.wrong("performer names no organisation: name the one that the patient is referred to")
		}
		e.UserID = ""
		r.relationship("referral", e)
		return
	}
	e.Kind = KindTestOrder
	e.Detail = Detail{Category: kinds[0], State: r.text("status")}
	if e.Status == Ended && e.Detail.State != "draft" && e.Detail.State != "on-hold" {
		e.Detail.ClosedAt = r.in("meta").moment("lastUpdated") // else when we are told, see import.go
	}
	r.stands("", e)
}
