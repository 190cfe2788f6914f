package trail

import (
	"context"
	"net/http"
	"net/url"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
)

// patient is whom a question is about: as the trail knows them, never by number.
type patient struct {
	HMAC, Shown, Epoch string   // as their records have them
	Find               []string // what finds them: Protector.Find
	Partly             bool     // they are not found under every epoch of the keys
	number             nhs.Number
	// What the next form carries to mean the same patient, in the body of a POST:
	// the number as it was typed, or the id of a record that is about them.
	Typed, Of string
}

// Chosen says whether a patient was asked for.
func (p patient) Chosen() bool { return p.HMAC != "" }

// Number gives the number as it stands on letters, "" when it is not known here.
func (p patient) Number() string { return spaced(p.number) }

// whom reads the patient of a form: a typed number, or "the patient of that
// record", which must be in the person's own part of the trail.
func (t *Room) whom(ctx context.Context, form url.Values, s audit.Scope) (p patient, faults []fault, err error) {
	typed, of := form.Get("patient"), form.Get("of")
	switch {
	case len(form["patient"]) > 1 || len(form["of"]) > 1 || typed != "" && of != "":
		return p, []fault{{"patient", "The form names the patient more than once."}}, nil
	case typed != "":
		n, err := typedNumber(typed)
		if err != nil {
			return p, []fault{{"patient", "This is not an NHS number. It has 10 digits, and the last one checks the others: look for a slip."}}, nil
		}
		var of audit.Record
		t.cfg.Protector.About(&of, n)
		p = patientOf(&of)
		p.Find, p.number, p.Typed = t.cfg.Protector.Find(n), n, n.Digits()
		return p, nil, nil
	case of != "":
		r, err := t.cfg.Trail.Show(ctx, bounded(of), s)
		if err != nil {
			return p, nil, err
		}
		if r.PatientHMAC == "" {
			return p, []fault{{"patient", "This record is about no patient."}}, nil
		}
		p = patientOf(r)
		p.Of = r.ID
		every := false
		p.Find, every = t.cfg.Protector.FindSame(r)
		p.Partly = !every
		// A number that was only kept masked, or under other keys, stays unknown.
		if n, err := t.cfg.Protector.Reveal(r.PatientShown); err == nil {
			p.number = n
		}
		return p, nil, nil
	}
	return p, nil, nil
}

// patientOf gives the patient of a record, as a look's record has them.
func patientOf(r *audit.Record) patient {
	return patient{HMAC: r.PatientHMAC, Shown: r.PatientShown, Epoch: r.PatientEpoch}
}

// unfound says what a question about a patient cannot find, in sentences: nothing when
// it finds all that there is.
func (t *Room) unfound(ctx context.Context, s audit.Scope, p patient) ([]string, error) {
	var notes []string
	if p.Partly {
		notes = append(notes, "The number of this patient is not kept in a form that can be read back, and the keys were changed since or before: only records of the same time of the keys are found. Ask by NHS number to find all.")
	}
	counts, err := t.cfg.Trail.Count(ctx, s, audit.Filter{OtherEpochs: t.cfg.Protector.Epochs()}, audit.Overall)
	if err != nil {
		return nil, err
	}
	if n := whole(counts).Total; n > 0 {
		notes = append(notes, thousands(n)+" records of this part of the trail stand under keys that are not in use here. Those of them that are about this patient are not found, and it cannot be told which they are.")
	}
	return notes, nil
}

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// posted reads the form of a POST: the body only, so that nothing of a patient is
// ever taken from an address.
func posted(r *http.Request) (url.Values, bool) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" {
		return nil, false
	}
	return r.PostForm, true
}
