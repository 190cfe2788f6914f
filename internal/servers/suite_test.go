//go:build servers

package servers_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/attack"
)

// attackSuite runs mcr attack's cases against a broker before HAPI FHIR.
func attackSuite(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(registered(a), admitted(a, hospital))
	s.permit(visitor, a)
	const heldBack = "attack suite, held back"
	withheld := result(a, object{"code": object{"text": heldBack}, "meta": object{"security": []any{object{
		"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}}}})
	s.holds("Observation/attack-suite-withheld", withheld)
	u, err := url.Parse(w.hapi)
	s.must(err)

	who := func(p professional) attack.Professional {
		return attack.Professional{Token: attack.TokenFrom{Text: s.token(p)}}
	}
	patient := func(id, number, name string) attack.Patient {
		p := attack.Patient{ID: id, NHS: number, Resources: map[string]string{}, Markers: []string{id, number}}
		if len(name) > 5 {
			p.Markers = append(p.Markers, name)
		}
		for _, kind := range []string{"Observation", "Condition", "DocumentReference"} {
			for key := range s.truth("/" + kind + "?_count=200&patient=" + id) {
				_, item, _ := strings.Cut(key, "/")
				if item == "attack-suite-withheld" || len(item) < 5 {
					continue
				}
				p.Resources[kind] = item
				p.Markers = append(p.Markers, kind+"/"+item)
			}
		}
		return p
	}
	profile := attack.Profile{
		Name: "HAPI FHIR", Base: s.base, Issuer: attack.Issuer{JWKS: s.issuer.URL},
		Professionals: map[string]attack.Professional{
			"permitted": who(visitor), "partly": who(gp), "stranger": who(stranger), "owner": who(consultant),
		},
		Patients: map[string]attack.Patient{"A": patient(a.LocalID, a.Number.Digits(), a.Name), "B": patient(b.LocalID, b.Number.Digits(), b.Name)},
		Markers: map[string]attack.Markers{
			"withheld": {Texts: []string{"attack-suite-withheld", heldBack}, ShownBy: []string{"Observation/attack-suite-withheld"}},
			"internal": {Texts: []string{u.Host, "_getpages", "ca.uhn.fhir", "jetty"}},
		},
		Vars: map[string]string{
			"user": visitor.uid, "organisation": visitor.org, "withheld_type": "Observation", "withheld_id": "attack-suite-withheld",
			"withheld_code": "attack-suite-code", "claim_user": "uid",
		},
		Limits: attack.Limits{PerSecond: 500, Wait: 100 * time.Millisecond, Timeout: time.Minute},
	}
	cases, err := attack.Cases()
	s.must(err)
	profile.NotApplicable = map[string]string{}
	for _, c := range cases {
		if slices.Contains([]string{"151", "152"}, c.Number()) {
			profile.NotApplicable[c.ID] = "Go's own server stands in the place of Caddy here"
		}
	}
	results, err := attack.Run(t.Context(), profile, attack.Options{Cases: cases})
	s.must(err)
	for _, r := range results {
		if r.Verdict == attack.GotThrough {
			t.Errorf("%s", r.Row())
		}
	}
	if n := attack.Count(results); n[attack.Held] < 550 {
		t.Errorf("too few could be judged")
		for _, r := range results {
			if r.Verdict == attack.NotApplicable {
				t.Logf("%s", r.Row())
			}
		}
	}
	t.Log(attack.Summary(results))
}
