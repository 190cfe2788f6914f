package brokers

import (
	"slices"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/token"
)

// OfDemo are the options of brokers in front of the demo's sources, with its facts and its
// issuer's tokens. Who asks sets Decider and Clock.
func OfDemo(t testing.TB, started *demo.Region) Options {
	t.Helper()
	facts, err := started.RegistryNDJSON()
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Name: "region", Facts: facts, Issuer: DemoIssuer(started)}
	for _, s := range started.Sources() {
		s.BaseURL = s.Base
		opt.Sources = append(opt.Sources, s.Source)
	}
	return opt
}

// DemoIssuer is the demo's issuer as a verifier knows it.
func DemoIssuer(started *demo.Region) token.Issuer {
	return token.Issuer{
		Name: started.Issuer(), JWKSURL: started.Issuer() + "/jwks", Audience: []string{issuer.Audience},
		Algorithms: []string{"ES256"}, Preset: token.PresetCIS2,
		MaxAge: 10_000 * time.Hour, // tests let days pass in no time
	}
}

// Collected are the demo's sources as a collector asks them, through the brokers.
func (r *Region) Collected(started *demo.Region) (sources []collect.Source) {
	for _, s := range started.Sources() {
		sources = append(sources, collect.Source{
			ID: s.ID, Name: s.Name, Organisation: s.ODS, Kind: s.Kind, Telephone: s.Telephone, Broker: r.URL + "/" + s.ID + "/fhir",
		})
	}
	return sources
}

// Flagged is the first patient of the demo's story with a flag.
func Flagged(t testing.TB, d demo.Description, flag string) demo.DescribedPatient {
	t.Helper()
	i := slices.IndexFunc(d.Patients, func(p demo.DescribedPatient) bool { return slices.Contains(p.Flags, flag) })
	if i < 0 {
		t.Fatalf("no patient is flagged %s", flag)
	}
	return d.Patients[i]
}
