package intake

import (
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// registration reads generalPractitioner: one organisation by its ODS code, with
// the telephone of the contained Organization. It has ended when there is a reason
// why the Patient is not to be used.
func (r *resource) registration(number nhs.Number, ended string) {
	practices, left := r.namedPractices()
	switch {
	case len(practices) == 0:
		if left {
			r.without("left its practice, registered nowhere")
		} else if r.has("generalPractitioner") {
			r.wrong("generalPractitioner names no organisation by its ODS code: add the practice")
		}
		return
	case len(practices) > 1:
		r.wrong("generalPractitioner names more than one practice: keep the one that the patient is registered with")
	}
	e := practices[0]
	e.Patient = number
	if closed := r.practices.complete(&e); closed {
		r.wrong("generalPractitioner is closed, by the directory of practices, and has no telephone: name the practice that the patient is registered with now")
	} else if e.Detail.Telephone == "" {
		r.wrong("generalPractitioner has no telephone in use: add a contained Organization with the practice's telecom of system phone, or import with a directory that has it (--practices); who is refused is told to ring it")
	}
	e.Validity = access.Validity{Until: r.moment("deceasedDateTime")}
	if ended != "" { // without a date: from when we are told (merge.go)
		e.Status = registry.Ended
		r.without(ended)
	}
	r.stands("registration", e)
}

// namedPractices reads the organisations that generalPractitioner names, and says whether there are
// some that the patient has left: the Personal Demographics Service gives an identifier the period
// of the registration.
func (r *resource) namedPractices() (practices []registry.Entry, left bool) {
	contained := r.all("contained")
	for _, gp := range r.all("generalPractitioner") {
		e := registry.Entry{Kind: registry.KindRegistration, Status: registry.Active}
		if ref := gp.text("reference"); len(ref) > 1 && ref[0] == '#' {
			for _, o := range contained {
				if o.text("id") == ref[1:] && o.text("resourceType") == "Organization" {
					if value := o.identifier("identifier", nhs.ODSSystem, "ODS code"); value != "" {
						e.Organisation = o.ods(value)
					}
					e.Detail = practice(o)
					practices = append(practices, e)
				}
			}
			continue
		}
		if gp.over(nhs.ODSSystem) {
			left = true
			continue
		}
		value, ok := gp.names(nhs.ODSSystem)
		if !ok {
			continue // a named doctor
		}
		e.Organisation = gp.ods(value)
		e.Detail.Name = gp.text("display")
		for _, o := range contained {
			if codes, _ := o.identifiers("identifier", nhs.ODSSystem); slices.Contains(codes, value) {
				e.Detail = practice(o)
			}
		}
		practices = append(practices, e)
	}
	return practices, left
}

func practice(o element) registry.Detail {
	if !o.flag("active", true) {
		o.wrong("contained Organization has active false: name the practice in use")
	}
	d := registry.Detail{Name: o.text("name")}
	for _, t := range o.all("telecom") {
		if t.text("system") == "phone" && t.inUse(contactUse) && d.Telephone == "" {
			d.Telephone = t.text("value")
		}
	}
	return d
}
