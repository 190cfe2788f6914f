package broker

import "github.com/mycarerecord/mcr/fhir"

// mended are the reasons that a source can do something about. What a rule
// withholds is told in the record by its reason alone.
var mended = map[string]bool{
	"not-understood": true, "not-classified": true, "no-patient": true, "other-patient": true, fhir.InPart: true,
}

// cause is what is counted of one.
type cause struct{ kind, element, reason string }

// blamed puts into the record which elements are why something is not shown. They are
// counted first: a source can answer with a million.
func (x *exchange) blamed(causes []fhir.Cause) {
	counted := map[cause]int{}
	for _, c := range causes {
		if mended[c.Reason] {
			counted[cause{c.Type, c.Element, c.Reason}]++
		}
	}
	for c, n := range counted {
		if x.record.Causes == nil {
			x.record.Causes = map[string]int{}
		}
		element := c.element
		if element == "" {
			element = "entry"
		}
		x.record.Causes[c.reason+" "+element] += n
		unshownTotal.WithLabelValues(x.broker.Source.ID, fhir.OfferedType(c.kind), c.reason).Add(float64(n))
	}
}
