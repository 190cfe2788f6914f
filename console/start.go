package console

import (
	"net/http"

	"github.com/mycarerecord/mcr/console/page"
)

// start is the first page of somebody who is signed in: what there is to do, where that
// is several things. Who may enter one room alone is led there.
func (c *Console) start(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if who.Areas == (page.Areas{Patients: true}) {
		http.Redirect(w, r, c.cfg.Path+"/patients", http.StatusSeeOther)
		return
	}
	c.render(w, r, who, http.StatusOK, "start", who)
}
