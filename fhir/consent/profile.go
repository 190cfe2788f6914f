package consent

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
)

// most sources that one permission may be limited to.
const mostSources = 50

// consent reads the profile of docs/consent.md from top to bottom.
func (r *reader) consent(e element) Consent {
	var c Consent
	e.require("resourceType", resourceType)
	if e.has("meta") {
		r.meta(e.object("meta"))
	}
	c.Status = e.text("status", 16)
	if c.Status != Active && c.Status != Inactive {
		e.at("status").wrong("must be active or inactive")
	}
	if scope := e.coding("scope", scopeSystem); scope != "patient-privacy" {
		e.at("scope").wrong("must be patient-privacy")
	}
	category := e.one("category")
	c.Category = category.one("coding").codeOf(CategorySystem)
	category.end()
	if c.Category != PermissionToView && c.Category != EmergencyAccess {
		category.wrong("must be permission-to-view or emergency-access")
	}
	r.parties(e, &c)
	c.Asked = e.past("dateTime")
	if e.has("policy") {
		policy := e.one("policy")
		policy.require("uri", Policy)
		policy.end()
	}
	r.extensions(e.list("extension", 8), &c)
	r.withdrawal(e, &c)
	if e.has("provision") || c.Status == Active {
		r.provision(e.object("provision"), &c)
	} else {
		c.Decision = Permit
	}
	e.end()
	r.together(e, c)
	return c
}

func (r *reader) meta(e element) {
	profile, ok := e.members["profile"].([]any)
	if !ok || len(profile) != 1 || profile[0] != Profile {
		e.at("profile").wrong("must be " + Profile)
	}
	delete(e.members, "profile")
	e.end()
}

// parties reads who the patient, the professional and the organisation are.
func (r *reader) parties(e element, c *Consent) {
	var err error
	patient := e.object("patient")
	if c.Patient, err = nhs.ParseNumber(patient.identified("Patient", nhs.NumberSystem)); err != nil {
		patient.wrong("must be a valid NHS number")
	}
	performer := e.one("performer")
	c.UserID = performer.identified("Practitioner", UserSystem)
	organisation := e.one("organization")
	if c.Organisation, err = nhs.ParseODSCode(organisation.identified("Organization", nhs.ODSSystem)); err != nil {
		organisation.wrong("must be an ODS code")
	}
}

// extensions reads those of the profile, each at most once.
func (r *reader) extensions(list []element, c *Consent) {
	var seen []string
	for _, e := range list {
		url := e.text("url", 128)
		if slices.Contains(seen, url) {
			e.wrong("is given twice")
		}
		seen = append(seen, url)
		switch url {
		case HowAskedURL:
			if c.How = e.code("valueCode"); c.How == "" {
				e.at("valueCode").wrong("must be given")
			}
		case PurposeURL:
			c.Purpose = e.words("valueString")
		case SensitiveURL:
			yes, ok := e.members["valueBoolean"].(bool)
			if !ok {
				e.at("valueBoolean").wrong("must be true or false")
			}
			delete(e.members, "valueBoolean")
			c.Sensitive = yes
		case EmergencyReasonURL:
			reason := e.object("valueCodeableConcept")
			c.ReasonCode = reason.one("coding").codeOf(EmergencyReasonSystem)
			c.Reason = reason.words("text")
			reason.end()
		default:
			e.wrong("is not an extension of the profile")
		}
		e.end()
	}
}

// withdrawal reads the id of the permission that ends. The id of the resource, if
// sent back as it was answered, must be the same.
func (r *reader) withdrawal(e element, c *Consent) {
	if c.Status != Inactive {
		return // what is left in e is refused at its end: the broker gives the id
	}
	c.Permission = e.one("identifier").valueOf(PermissionSystem)
	if !isPermissionID(c.Permission) {
		e.at("identifier").wrong("must be the id of a permission")
	}
	if id := e.text("id", 64); id != "" && id != c.Permission {
		e.at("id").wrong("must be the id of the permission, or absent")
	}
}

// provision reads the one rule of the Consent. Rules within the rule are not of
// the profile.
func (r *reader) provision(e element, c *Consent) {
	defer e.end()
	c.Decision = e.text("type", 8)
	if c.Decision != Permit && c.Decision != Deny {
		e.at("type").wrong("must be permit or deny")
	}
	if e.has("period") {
		period := e.object("period")
		c.From, c.Until = period.instant("start"), period.instant("end")
		period.end()
		if c.From.IsZero() && c.Until.IsZero() || !c.Until.IsZero() && !c.From.Before(c.Until) {
			period.wrong("must end after it starts")
		}
	}
	for _, actor := range e.list("actor", mostSources) {
		if role := actor.coding("role", participationSystem); role != "CST" {
			actor.at("role").wrong("must be CST, the custodian of a record")
		}
		reference := actor.object("reference")
		source := reference.identified("Organization", SourceSystem)
		if !fhir.IsID(source) || slices.Contains(c.Sources, source) {
			reference.wrong("must be the id of a source, each once")
		}
		c.Sources = append(c.Sources, source)
		actor.end()
	}
	if e.has("purpose") {
		want := "TREAT"
		if c.Category == EmergencyAccess {
			want = "ETREAT"
		}
		if purpose := e.one("purpose"); purpose.codeOf(actReasonSystem) != want {
			purpose.wrong("must be " + want)
		}
	}
}

// together judges what only the whole can tell.
func (r *reader) together(e element, c Consent) {
	emergency := c.Category == EmergencyAccess
	switch {
	case misplaced(c):
		e.wrong("has an NHS number where another id or a code belongs")
	case emergency && (c.Status != Active || c.Decision != Permit):
		e.wrong("an emergency is active and permits")
	case emergency && c.ReasonCode == "":
		e.wrong("an emergency needs its reason")
	case emergency && fhirdate.Ahead(c.From, r.now):
		e.wrong("an emergency is now, and starts at once")
	case emergency && (c.How != "" || c.Sensitive):
		e.wrong("in an emergency nobody is asked")
	case !emergency && c.ReasonCode != "":
		e.wrong("only an emergency has the reason of one")
	case c.Status == Active && !emergency && c.How == "":
		e.wrong("must say how the patient was asked")
	case c.Status == Inactive && c.Decision != Permit:
		e.wrong("only a permission can be withdrawn")
	case c.Decision == Deny && c.Sensitive:
		e.wrong("a patient who said no has agreed to nothing")
	}
}

// isPermissionID says that a text can be the id of a permission: one that the
// registry gave, or that of an imported one, "Consent/p1" or "urn:x|Consent/p1".
func isPermissionID(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("-._:/|", c) < 0 {
			return false
		}
	}
	return true
}

// misplaced says that an NHS number stands where it would reach the record in the
// clear: the record of a decision holds these ids and codes as they are.
func misplaced(c Consent) bool {
	patient := c.Patient.Digits()
	if patient != "" && (c.UserID == patient || c.Organisation.String() == patient) {
		return true
	}
	for _, text := range append([]string{c.Permission, c.How, c.ReasonCode}, c.Sources...) {
		if _, err := nhs.ParseNumber(text); err == nil || patient != "" && strings.Contains(text, patient) {
			return true
		}
	}
	return false
}
