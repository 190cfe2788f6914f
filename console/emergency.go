package console

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/legible"
)

// emergencyPage is the page on which an emergency is declared.
type emergencyPage struct {
	patient
	Enabled      bool
	Reasons      []emergencyReason
	Minutes      int
	Ends         time.Time
	Reason, Text string
	Understood   bool
	Faults       []string
	Refused      *collect.Reason
	Unsure       bool
}

// Has says that something is wrong with a field.
func (e emergencyPage) Has(fault string) bool { return slices.Contains(e.Faults, fault) }

type emergencyReason struct{ Code, Text string }

func (c *Console) emergencyPageOf(p patient) emergencyPage {
	settings := c.settings().Emergency
	v := emergencyPage{patient: p, Enabled: settings.Enabled, Minutes: settings.Minutes,
		Ends: c.cfg.Clock().Add(time.Duration(settings.Minutes) * time.Minute)}
	for _, code := range slices.Sorted(maps.Keys(settings.Reasons)) {
		v.Reasons = append(v.Reasons, emergencyReason{code, settings.Reasons[code]})
	}
	return v
}

func (c *Console) emergencyPage(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	if c.confirmed(w, r, p) {
		c.render(w, r, who, http.StatusOK, "emergency", c.emergencyPageOf(p))
	}
}

// emergency declares one: the broker decides whether it may be, and whose role may.
func (c *Console) emergency(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	if !c.confirmed(w, r, p) {
		return
	}
	if !p.EmergencyEnds.IsZero() { // a page that lay open: one runs, and the page says until when
		http.Redirect(w, r, c.cfg.Path+"/patients/"+p.Ref+"/emergency", http.StatusSeeOther)
		return
	}
	v := c.emergencyPageOf(p)
	v.Reason, v.Text, v.Understood = r.PostForm.Get("reason"), words(r.PostForm.Get("text")), r.PostForm.Get("understood") == "yes"
	for what, wrong := range map[string]bool{
		"reason":     !slices.ContainsFunc(v.Reasons, func(e emergencyReason) bool { return e.Code == v.Reason }),
		"text":       !legible.Words(v.Text),
		"text-long":  len(v.Text) > mostWords,
		"understood": !v.Understood,
	} {
		if wrong {
			v.Faults = append(v.Faults, what)
		}
	}
	if len(v.Faults) > 0 {
		c.render(w, r, who, http.StatusUnprocessableEntity, "emergency", v)
		return
	}
	// A second less: the broker's clock may be a little behind ours, and an end that
	// is too far away is refused.
	ends := v.Ends.Add(-time.Second)
	_, err := c.post(r.Context(), who, c.recordingAt(who, p.found), emergencyOf(who, p.Number, v.Reason, v.Text, ends))
	if c.notRecorded(err, &v.Refused, &v.Unsure) {
		c.log(r, "an emergency was not recorded", err)
		c.render(w, r, who, statusOf(v.Unsure), "emergency", v)
		return
	}
	lookedUp(who).note(p.Ref, func(p *patient) { p.declared, p.said = ends, "" })
	c.toTheRecord(w, r, who, p)
}
