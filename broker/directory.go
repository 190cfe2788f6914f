package broker

import (
	"context"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// viewDirectory reads an entry of the directory: an organisation, a place, a
// professional, a medicine. It names no patient, so nothing is looked up about one, and
// an entry that names any is withheld (attack 150). Who is told nothing of it is told
// the same as of an entry that is not there.
func (x *exchange) viewDirectory(ctx context.Context, q access.Question) answer {
	walks := x.broker.Directory.Walks(q.Subject.UserID, x.started)
	x.broker.Directory.count(q)
	decision := x.judge(ctx, q, access.Facts{})
	if walks {
		// No work on a patient's record reads so many: somebody copies the directory.
		x.record.Alert = true
		return x.refuse(http.StatusTooManyRequests, "too-many-requests")
	}
	if a, ok := x.permitted(decision); !ok {
		if decision.Effect == access.Deny {
			return x.hide()
		}
		return a
	}
	got, err := x.fetch(ctx, q.Request.Target(""))
	x.record.Spent.Fetch = x.spent()
	if err != nil {
		return x.unusable(err)
	}
	if !got.found {
		got.free()
		return x.hide()
	}
	return x.release(ctx, q, fhir.Owner{}, decision, got)
}
