package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/attack"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/internal/demo/people"
)

// attacked are the source, people and patients that the attack suite uses: the
// patient's own practice has a permission for the hospital's record, or the routine
// part without one, and the ambulance service has nothing to do with either patient.
var attacked = struct {
	source, owner, permitted, partly, stranger string
	a, b                                       string // flags
}{"acute-st-aldhelm", "consultant", "own-gp", "practice-nurse", "paramedic", people.Sensitive, people.EpisodeEnded}

// DescribedAttack is what the attack suite needs to know of the region
// (docs/security-review.md).
type DescribedAttack struct {
	Source    string                       `json:"source"`
	Owner     string                       `json:"owner"`
	Permitted string                       `json:"permitted"`
	Partly    string                       `json:"partly"`
	Stranger  string                       `json:"stranger"`
	Patients  map[string]DescribedAttacked `json:"patients"`
	Withheld  []string                     `json:"withheld"` // markers of A's items that nobody elsewhere is shown
	// WithheldItem is one of them.
	WithheldItem DescribedItem `json:"withheld_item"`
	Partial      []string      `json:"partial"`  // markers of A's items that the routine part leaves out
	Internal     []string      `json:"internal"` // what no answer of a broker tells
	JWKS         string        `json:"jwks"`
	Sign         string        `json:"sign"` // signs any token (attack.Issuer.SignURL)
	// WithheldAt and PartialAt are targets that show them to the owner.
	WithheldAt []string `json:"withheld_at"`
	PartialAt  []string `json:"partial_at"`
}

// DescribedAttacked is a patient by the names that the source knows.
type DescribedAttacked struct {
	NHSNumber string            `json:"nhs_number"`
	ID        string            `json:"id"`
	Resources map[string]string `json:"resources"` // by type, one each
	Markers   []string          `json:"markers"`   // texts that are in this patient's record alone
}

// DescribedItem is one resource, with a code of it.
type DescribedItem struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Code string `json:"code"`
}

func (r *Region) describeAttack() (*DescribedAttack, error) {
	d := &DescribedAttack{
		Source: attacked.source, Owner: attacked.owner, Permitted: attacked.permitted, Partly: attacked.partly, Stranger: attacked.stranger,
		Patients: map[string]DescribedAttacked{}, JWKS: r.issuer.JWKSURL(), Sign: r.issuer.SignURL(),
	}
	resources, err := r.population.Resources(attacked.source)
	if err != nil {
		return nil, err
	}
	for name, flag := range map[string]string{"A": attacked.a, "B": attacked.b} {
		i := slices.IndexFunc(r.population.People, func(p people.Person) bool {
			_, tied := p.Tie(attacked.source)
			return tied && p.Has(flag)
		})
		if i < 0 {
			return nil, fmt.Errorf("describing the region: no patient %s at %s", flag, attacked.source)
		}
		p := r.population.People[i]
		d.Patients[name] = describeAttacked(p, r.population.LocalID(attacked.source, p), resources, d, name == "A")
	}
	for _, s := range r.sources {
		if s.ID == attacked.source {
			d.Internal = append(d.Internal, s.Base[len("http://"):len(s.Base)-len("/fhir")], software[s.Kind])
		}
	}
	if len(d.Withheld) == 0 || len(d.Partial) == 0 {
		return nil, errors.New("describing the region: nothing of A is withheld")
	}
	return d, nil
}

// describeAttacked reads a patient's record as the source holds it.
func describeAttacked(p people.Person, local string, resources [][]byte, d *DescribedAttack, isA bool) DescribedAttacked {
	out := DescribedAttacked{NHSNumber: p.Number.Digits(), ID: local, Resources: map[string]string{}, Markers: []string{local, p.Number.Digits()}}
	if len(p.Family) >= 5 {
		out.Markers = append(out.Markers, p.Family)
	}
	for _, raw := range resources {
		var read struct {
			ResourceType, ID string
			Meta             struct{ Security []struct{ Code string } }
			Code             struct {
				Coding []struct{ Code, Display string }
			}
		}
		if json.Unmarshal(raw, &read) != nil || read.ResourceType == "Patient" || !bytes.Contains(raw, []byte(`"Patient/`+local+`"`)) {
			continue
		}
		at := read.ResourceType + "?patient={A.id}"
		switch {
		case isA && len(read.Meta.Security) > 0:
			d.Withheld = append(d.Withheld, read.ID)
			d.WithheldAt = append(d.WithheldAt, at)
			for _, c := range read.Code.Coding {
				d.Withheld = append(d.Withheld, c.Code, c.Display)
				d.WithheldItem = DescribedItem{read.ResourceType, read.ID, c.Code}
			}
		case isA && read.ResourceType == "Condition":
			d.Partial = append(d.Partial, read.ID)
			d.PartialAt = append(d.PartialAt, at)
			fallthrough
		default:
			out.Markers = append(out.Markers, read.ID)
			if out.Resources[read.ResourceType] == "" {
				out.Resources[read.ResourceType] = read.ID
			}
		}
	}
	return out
}

// AttackProfile is the profile of the region for the attack suite.
func (d Description) AttackProfile() (attack.Profile, error) {
	a := d.Attack
	if a == nil {
		return attack.Profile{}, errors.New("the region that runs here is of an older program: start it again")
	}
	source, found := d.source(a.Source)
	permitted, known := d.member(a.Permitted)
	if !found || !known {
		return attack.Profile{}, errors.New("reading the region's description: it names what it does not hold")
	}
	who := func(cast string) attack.Professional {
		return attack.Professional{Token: attack.TokenFrom{Post: &attack.Post{
			URL: d.TokenEndpoint, JSON: map[string]attack.SecretRef{"cast": {Text: cast}},
		}}}
	}
	p := attack.Profile{
		Name: "demo", Base: source.FHIR, Issuer: attack.Issuer{JWKS: a.JWKS, SignURL: a.Sign},
		Professionals: map[string]attack.Professional{
			"owner": who(a.Owner), "permitted": who(a.Permitted), "partly": who(a.Partly), "stranger": who(a.Stranger),
		},
		Patients: map[string]attack.Patient{},
		Markers: map[string]attack.Markers{
			"withheld": {Texts: a.Withheld, ShownBy: a.WithheldAt}, "partly": {Texts: a.Partial, ShownBy: a.PartialAt},
			"internal": {Texts: a.Internal},
		},
		Vars: map[string]string{
			"user": userID(permitted.ID), "organisation": permitted.Organisation, "issuer": d.Issuer, "audience": issuer.Audience,
			"claim_user": "uid", "claim_roles": "nhsid_nrbac_roles", "claim_role": "selected_roleid", "claim_purpose": "reason_for_request",
			"withheld_type": a.WithheldItem.Type, "withheld_id": a.WithheldItem.ID, "withheld_code": a.WithheldItem.Code,
		},
		Setup:    []attack.Step{{Send: "POST Consent", Body: permissionBody, Keep: map[string]string{"permission": "/id"}, Want: attack.Want{Status: []string{"201"}}}},
		Teardown: []attack.Step{{Send: "POST Consent", Body: withdrawalBody, Want: attack.Want{Status: []string{"201"}}}},
	}
	for name, one := range a.Patients {
		p.Patients[name] = attack.Patient{ID: one.ID, NHS: one.NHSNumber, Resources: one.Resources, Markers: one.Markers}
	}
	return p, p.Check()
}
