package demo

import (
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/internal/demo/hostile"
)

// DescribedHostile is the source that lies, by the broker of its own in front of it. It
// is none of the region's sources: collector and console do not know it.
type DescribedHostile struct {
	FHIR   string `json:"fhir"`   // the FHIR base of the broker
	System string `json:"system"` // of the code that chooses a behaviour: Observation?patient=a&code=<system>|<name>
	// Patient is A of the attack suite, known to the source as Patient/a; Other is B, who
	// must never be seen beside A, nor by whoever may see A alone.
	Patient string `json:"patient"`
	Other   string `json:"other"`
	// Marks stand in all that the source says of the two.
	Marks      [2]string            `json:"marks"`
	Behaviours []DescribedBehaviour `json:"behaviours"`
}

// DescribedBehaviour is one way in which the source lies.
type DescribedBehaviour struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// number is the NHS number of a patient of the attack suite.
func (r *Region) number(name string) string {
	p, _ := r.attackedPatient(name)
	return p.Number.Digits()
}

func (r *Region) startHostile() error {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("starting the hostile source: %w", err)
	}
	r.hostile = "http://" + l.Addr().String() + "/fhir"
	s, err := hostile.New(hostile.Options{Base: r.hostile, NumberA: r.number("A"), NumberB: r.number("B")})
	if err != nil {
		return fmt.Errorf("starting the hostile source: %w", errors.Join(err, l.Close()))
	}
	r.serve(l, s)
	return nil
}

// describeHostile describes the source that lies.
func (r *Region) describeHostile(brokers string) DescribedHostile {
	d := DescribedHostile{
		FHIR: brokers + "/hostile/fhir", System: hostile.System, Patient: r.number("A"), Other: r.number("B"),
		Marks: [2]string{hostile.A, hostile.B},
	}
	for _, one := range hostile.Behaviours() {
		d.Behaviours = append(d.Behaviours, DescribedBehaviour{one.Name, one.Title})
	}
	return d
}
