package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/internal/demo/people"
)

// attackedSource is the source whose broker the attack suite attacks: patients of
// every kind are known to it, and it labels what is sensitive.
const attackedSource = "acute-st-aldhelm"

// attackers are the cast by their parts in the suite. The patient's own practice has
// a permission for the hospital's record, or the routine part without one; the
// ambulance service has nothing to do with either patient.
var attackers = map[string]string{
	"owner": "consultant", "permitted": "own-gp", "partly": "practice-nurse", "stranger": "paramedic",
	"former": "other-gp", "restricted-viewer": "other-gp", "specialist": "laboratory-specialist",
}

// attackedPatients are the suite's patients by flag.
var attackedPatients = map[string]string{
	"A": people.Sensitive, "B": people.EpisodeEnded, "asked": people.Everywhere,
	"opted_out": people.OptedOut, "restricted": people.Restricted, "superseded": people.SupersededNumber,
}

// DescribedAttack is what the attack suite needs to know of the region
// (docs/security-review.md).
type DescribedAttack struct {
	Source        string                       `json:"source"`
	Professionals map[string]DescribedAttacker `json:"professionals"`
	Patients      map[string]DescribedAttacked `json:"patients"`
	Withheld      []string                     `json:"withheld"` // markers of A's items that nobody elsewhere is shown
	WithheldItem  DescribedItem                `json:"withheld_item"`
	Partly        []string                     `json:"partly"`   // markers of A's items that the routine part leaves out
	Internal      []string                     `json:"internal"` // what no answer of a broker tells
	JWKS          string                       `json:"jwks"`
	Sign          string                       `json:"sign"` // signs any token, for tests
}

// DescribedAttacker is a member of the cast.
type DescribedAttacker struct {
	Cast string `json:"cast"`
	User string `json:"user"` // SDS user id
}

// DescribedItem is one resource, with a code of it.
type DescribedItem struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Code string `json:"code"`
	Date string `json:"date"`
}

// DescribedAttacked is a patient by the names that the source knows.
type DescribedAttacked struct {
	NHSNumber string            `json:"nhs_number"`
	ID        string            `json:"id"`
	Resources map[string]string `json:"resources"` // by type, one each
	Markers   []string          `json:"markers"`   // texts that are in this patient's record alone
}

func (r *Region) describeAttack() (*DescribedAttack, error) {
	d := &DescribedAttack{
		Source: attackedSource, Professionals: map[string]DescribedAttacker{}, Patients: map[string]DescribedAttacked{},
		JWKS: r.issuer.JWKSURL(), Sign: r.issuer.SignURL(),
	}
	for name, cast := range attackers {
		d.Professionals[name] = DescribedAttacker{cast, userID(cast)}
	}
	resources, err := r.population.Resources(attackedSource)
	if err != nil {
		return nil, err
	}
	for name, flag := range attackedPatients {
		p, found := r.attackedPatient(name)
		if !found {
			return nil, fmt.Errorf("describing the region: no patient %s at %s", flag, attackedSource)
		}
		d.Patients[name] = d.describe(name, p, r.population.LocalID(attackedSource, p), resources)
	}
	for _, s := range r.sources {
		if s.ID == attackedSource {
			d.Internal = append(d.Internal, hostOf(s.Base), hostOf(r.hostile), software[s.Kind])
		}
	}
	if len(d.Withheld) == 0 || len(d.Partly) == 0 {
		return nil, errors.New("describing the region: nothing of A is withheld")
	}
	return d, nil
}

// attackedPatient is the suite's patient of a name: the first with the flag who is known
// to the source.
func (r *Region) attackedPatient(name string) (people.Person, bool) {
	i := slices.IndexFunc(r.population.People, func(p people.Person) bool {
		_, tied := p.Tie(attackedSource)
		return tied && p.Has(attackedPatients[name])
	})
	if i < 0 {
		return people.Person{}, false
	}
	return r.population.People[i], true
}

// described is as much of a resource as the suite is told.
type described struct {
	ResourceType string
	ID           string
	Meta         struct{ Security []struct{ Code string } }
	Code         struct {
		Coding []struct{ Code, Display string }
	}
	RecordedDate string
	Content      []struct{ Attachment struct{ URL string } }
}

// describe reads a patient's record as the source holds it. The markers of a patient
// are of everything, but for those whose record is shown in part: there they are of
// the part that is not.
func (d *DescribedAttack) describe(name string, p people.Person, local string, resources [][]byte) DescribedAttacked {
	out := DescribedAttacked{NHSNumber: p.Number.Digits(), ID: local, Resources: map[string]string{}}
	switch name {
	case "A", "B", "opted_out":
		out.Markers = append(out.Markers, local, p.Number.Digits())
		if len(p.Family) >= 5 {
			out.Markers = append(out.Markers, p.Family)
		}
	case "superseded":
		out.NHSNumber = p.Superseded.Digits()
		out.Markers = append(out.Markers, p.Number.Digits(), local)
	case "restricted":
		out.Markers = append(out.Markers, p.Address.Line, p.Address.Postcode, p.Phone)
		return out
	}
	for _, raw := range resources {
		var read described
		if json.Unmarshal(raw, &read) != nil || read.ResourceType == "Patient" || !bytes.Contains(raw, []byte(`"Patient/`+local+`"`)) {
			continue
		}
		if name == "A" && len(read.Meta.Security) > 0 {
			d.withhold(read)
			continue
		}
		if name == "A" && read.ResourceType == "Condition" {
			d.Partly = append(d.Partly, read.ID)
		}
		if name != "asked" || read.ResourceType == "Condition" {
			out.Markers = append(out.Markers, read.ID)
		}
		if out.Resources[read.ResourceType] == "" {
			out.Resources[read.ResourceType] = read.ID
		}
		for _, c := range read.Content {
			if id, ok := strings.CutPrefix(c.Attachment.URL, "Binary/"); ok {
				out.Resources["Binary"] = id
			}
		}
	}
	return out
}

func (d *DescribedAttack) withhold(read described) {
	d.Withheld = append(d.Withheld, read.ID)
	for _, c := range read.Code.Coding {
		d.Withheld = append(d.Withheld, c.Code, c.Display)
		d.WithheldItem = DescribedItem{read.ResourceType, read.ID, c.Code, read.RecordedDate}
	}
}
