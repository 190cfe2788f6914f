package console

import (
	"net/http"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// withdrawPage lists the permissions that this professional holds of the patient.
type withdrawPage struct {
	patient
	standing
	Done    bool
	Refused *collect.Reason
	Unsure  bool
}

func (c *Console) withdrawPage(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	v := withdrawPage{patient: p, standing: p.now, Done: p.said == "withdrawn"}
	c.render(w, r, who, http.StatusOK, "withdraw", v)
}

// withdraw ends one permission of the list. An id that is not on it is the broker's
// to refuse: it answers as to one that there is not.
func (c *Console) withdraw(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	id := cut(r.PostForm.Get("permission"), 100)
	_, err := c.post(r.Context(), who, c.recordingAt(who, p.found), withdrawalOf(who, p.Number, id))
	v := withdrawPage{patient: p}
	if c.notRecorded(err, &v.Refused, &v.Unsure) {
		c.log(r, "a withdrawal was not recorded", err)
		v.standing = p.now
		c.render(w, r, who, statusOf(v.Unsure), "withdraw", v)
		return
	}
	lookedUp(who).note(p.Ref, func(p *patient) {
		p.said = "withdrawn"
		for i, a := range p.recorded {
			if a.ID == id {
				p.recorded = append(p.recorded[:i:i], p.recorded[i+1:]...)
				break
			}
		}
	})
	// What the permission opened is not ours to show any more, the name included.
	c.again(r, who, p)
	http.Redirect(w, r, c.cfg.Path+"/patients/"+p.Ref+"/withdraw", http.StatusSeeOther)
}
