package broker

import "github.com/mycarerecord/mcr/fhir"

// mended are the reasons that a source can do something about. What a rule
// withholds is told in the record by its reason alone.
var mended = map[string]bool{
	"not-understood": true, "not-classified": true, "no-patient": true, "other-patient": true, fhir.InPart: true,
}

// blamed puts into the record which elements are why something is not shown.
func (x *exchange) blamed(causes []fhir.Cause) {
	for _, c := range causes {
		if !mended[c.Reason] {
			continue
		}
		if x.record.Causes == nil {
			x.record.Causes = map[string]int{}
		}
		element := c.Element
		if element == "" {
			element = "entry"
		}
		x.record.Causes[c.Reason+" "+element]++
		unshownTotal.WithLabelValues(x.broker.Source.ID, fhir.OfferedType(c.Type), c.Reason).Inc()
	}
}
