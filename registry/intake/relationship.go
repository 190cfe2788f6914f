package intake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/registry"
)

// Each status that the import knows → what it means here. A status that is not
// among them is a problem, not a guess.
var (
	episodeStatus = map[string]registry.Status{"planned": registry.Active, "waitlist": registry.Active, "active": registry.Active, "onhold": registry.Active,
		"finished": registry.Ended, "cancelled": registry.Ended, "entered-in-error": registry.Void}
	encounterStatus = map[string]registry.Status{"planned": registry.Active, "arrived": registry.Active, "triaged": registry.Active, "in-progress": registry.Active,
		"onleave": registry.Active, "finished": registry.Ended, "cancelled": registry.Ended, "unknown": registry.Ended, "entered-in-error": registry.Void}
	careTeamStatus = map[string]registry.Status{"active": registry.Active, "proposed": none, "suspended": registry.Ended, "inactive": registry.Ended,
		"entered-in-error": registry.Void}
)

// none is the status of what is not made yet: it stands for no entry.
const none registry.Status = "none"

func (r *resource) status(known map[string]registry.Status) registry.Status {
	code := r.text("status")
	s, ok := known[code]
	switch {
	case !ok:
		r.wrong("status is missing or not one of FHIR R4's for this type: correct it")
	case s == registry.Void:
		r.without("status " + code + ", counts as never there")
	case s != registry.Active:
		r.without("status " + code + ", not in force")
	}
	return s
}

// made reads the status of what can only open a record, and says whether it stands
// for an entry. What is not made yet, or should never have been, does not: it may
// lack what an entry needs, and must not keep the rest of a file from being taken.
func (r *resource) made(known map[string]registry.Status) (registry.Status, bool) {
	s := r.status(known)
	r.leaves = s
	return s, s != none && s != registry.Void
}

// relationship adds a care relationship. What is only planned needs a beginning:
// without one it would hold already.
func (r *resource) relationship(form string, e registry.Entry) {
	if r.text("status") == "planned" && e.From.IsZero() {
		r.wrong("period.start is missing, and the status is planned: say from when it is planned")
	}
	e.Kind, e.Detail.Form = registry.KindRelationship, form
	r.stands("", e)
}

func (r *resource) episodeOfCare() {
	status, made := r.made(episodeStatus)
	if !made {
		return
	}
	kind := r.kindOf("type")
	if kind == "" {
		return
	}
	r.relationship(kind, registry.Entry{Status: status, Patient: r.patient("patient"),
		Organisation: r.organisation("managingOrganization"), Validity: r.period("period")})
}

// encounter reads an admission, a call or another encounter, by its class (kinds.go).
func (r *resource) encounter() {
	status, made := r.made(encounterStatus)
	if !made {
		return
	}
	class := r.in("class")
	system, code := class.text("system"), class.text("code")
	if systems := r.kinds.systems[r.kind]; !slices.Contains(systems, system) {
		r.wrong("class.system is not %s: use its codes", strings.Join(systems, " or "))
	}
	if code == "" {
		r.wrong("class.code is missing: add it")
	}
	kind := cmp.Or(r.kinds.coded[r.kind][system+"|"+code], r.kinds.any[r.kind])
	if kind == "" {
		r.without("class has no code of a kind of care relationship")
		return
	}
	r.relationship(kind, registry.Entry{Status: status, Patient: r.patient("subject"),
		Organisation: r.organisation("serviceProvider"), Validity: r.period("period")})
}

func (r *resource) careTeam() {
	status, made := r.made(careTeamStatus)
	if !made {
		return
	}
	kind := r.kindOf("category")
	if kind == "" {
		return
	}
	e := registry.Entry{Status: status, Patient: r.patient("subject"), Validity: r.period("period")}
	teams := r.all("managingOrganization")
	if len(teams) != 1 {
		r.wrong("managingOrganization does not name exactly one organisation: name the one whose caseload it is")
	} else {
		holder := element{fields: map[string]any{"managingOrganization": teams[0].fields}, now: r.now, problems: r.problems}
		e.Organisation = holder.organisation("managingOrganization")
	}
	r.relationship(kind, e)
}
