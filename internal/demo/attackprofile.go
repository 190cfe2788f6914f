package demo

import (
	"errors"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/attack"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
)

// AttackProfile is the profile of the region for the attack suite.
func (d Description) AttackProfile() (attack.Profile, error) {
	a := d.Attack
	if a == nil {
		return attack.Profile{}, errors.New("the region that runs here is of an older program: start it again")
	}
	source, found := d.source(a.Source)
	if !found {
		return attack.Profile{}, errors.New("reading the region's description: it names a source that it does not hold")
	}
	p := attack.Profile{
		Name: "demo", Base: source.FHIR, Issuer: attack.Issuer{JWKS: a.JWKS, SignURL: a.Sign},
		Professionals: map[string]attack.Professional{}, Patients: map[string]attack.Patient{}, Bases: map[string]string{"hostile": d.Hostile.FHIR},
		Vars: map[string]string{
			"issuer": d.Issuer, "audience": issuer.Audience, "collect": d.Collect,
			"claim_user": "uid", "claim_roles": "nhsid_nrbac_roles", "claim_role": "selected_roleid", "claim_purpose": "reason_for_request",
			"withheld_type": a.WithheldItem.Type, "withheld_id": a.WithheldItem.ID, "withheld_code": a.WithheldItem.Code, "withheld_date": a.WithheldItem.Date,
		},
	}
	for name, who := range a.Professionals {
		member, known := d.member(who.Cast)
		if !known {
			return attack.Profile{}, errors.New("reading the region's description: it names somebody who is not of the cast")
		}
		one := attack.Professional{Token: attack.TokenFrom{Post: &attack.Post{
			URL: d.TokenEndpoint, JSON: map[string]attack.SecretRef{"cast": {Text: who.Cast}},
		}}}
		if slices.Contains([]string{"specialist", "former", "restricted-viewer"}, name) {
			one.Never = []string{"A", "asked", "internal", "opted_out", "restricted", "withheld"}
		}
		p.Professionals[name] = one
		p.Vars[varName(name)+"user"], p.Vars[varName(name)+"organisation"] = who.User, member.Organisation
	}
	maps.Copy(p.Vars, consentTexts([2]string{p.Vars["user"], p.Vars["organisation"]}, [2]string{p.Vars["viewer_user"], p.Vars["viewer_organisation"]}))
	shownBy := []string{a.WithheldItem.Type + "?patient={A.id}"}
	p.Markers = map[string]attack.Markers{
		"withheld": {Texts: a.Withheld, ShownBy: shownBy}, "partly": {Texts: a.Partly, ShownBy: shownBy}, "internal": {Texts: a.Internal},
	}
	for name, one := range a.Patients {
		patient := attack.Patient{ID: one.ID, NHS: one.NHSNumber, Resources: one.Resources, Markers: one.Markers}
		switch name {
		case "asked":
			patient.ShownBy = []string{"Condition?patient={asked.id}"}
		case "restricted":
			p.Vars["restricted_practice"] = "Hill View" // where she is registered, which is masked
			patient.ShownBy = []string{}                // what is protected is masked for everybody
		}
		if mark, ok := map[string]int{"A": 0, "B": 1}[name]; ok {
			patient.Markers = append(slices.Clone(one.Markers), d.Hostile.Marks[mark])
		}
		p.Patients[name] = patient
	}
	for _, one := range []struct{ who, asker, patient string }{{"permitted", "asker", "A"}, {"restricted-viewer", "viewer", "restricted"}} {
		patient := `"patient": {"identifier": {"system": "{system}", "value": "{` + one.patient + `.nhs}"}}, {vars.` + one.asker + `}`
		p.Setup = append(p.Setup, attack.Step{
			As: one.who, Send: "POST Consent", Keep: map[string]string{one.asker: "/id"}, Want: attack.Want{Status: []string{"201"}},
			Body: `{{vars.consent}, {vars.how_asked}, ` + patient + `, "provision": {"type": "permit", "period": {"end": "{time.+1h}"}}}`,
		})
		p.Teardown = append(p.Teardown, attack.Step{
			As: one.who, Send: "POST Consent", Want: attack.Want{Status: []string{"201"}},
			Body: `{{vars.withdrawal}, ` + patient + `, "identifier": [{"system": "https://mycarerecord.example/fhir/Id/permission", "value": "{kept.` + one.asker + `}"}]}`,
		})
	}
	return p, p.Check()
}

// varName is what comes before "user" and "organisation" in the names of values: of
// permitted, nothing.
func varName(professional string) string {
	switch professional {
	case "permitted":
		return ""
	case "restricted-viewer":
		return "viewer_"
	}
	return professional + "_"
}
