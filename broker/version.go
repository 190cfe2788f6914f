package broker

import (
	"context"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// viewVersions is a read of an older version of an item, or of its history. The item as
// it is now was fetched and decided on, as in any read, and stands in now. What was
// known less about it then must open nothing: only if it may be shown as it is are its
// versions asked for, and each of them is then judged by itself. An item that is not
// there any more has no versions that are shown.
func (x *exchange) viewVersions(ctx context.Context, q access.Question, owner fhir.Owner, d access.Decision, now *fetched) answer {
	lent, a, shown := x.shownNow(ctx, q, owner, d, now)
	if !shown {
		return a
	}
	owner.Lent = lent
	target := q.Request.Target("")
	if q.Request.Interaction == fhir.History {
		target = q.Request.Filling().Target("")
	}
	got, err := x.fetch(ctx, target)
	x.record.Spent.Fetch += x.spent()
	if err != nil && notOffered(x.record.SourceStatus) {
		return x.hide() // the source keeps no versions: there is none to show
	}
	if err != nil {
		return x.unusable(err)
	}
	if !got.found {
		got.free()
		return x.hide()
	}
	if q.Request.Interaction == fhir.History {
		return x.releasePage(ctx, q, owner, d, got, beginning(target))
	}
	return x.release(ctx, q, owner, d, got)
}

// stillShown asks for the item of a history again, and judges it as it is now.
func (x *exchange) stillShown(ctx context.Context, q access.Question, owner fhir.Owner, d access.Decision) (lent fhir.Lent, a answer, shown bool) {
	now, err := x.fetch(ctx, q.Request.Decided().Target(""))
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return lent, x.unusable(err), false
	}
	if !now.found {
		now.free()
		return lent, x.hide(), false
	}
	return x.shownNow(ctx, q, owner, d, now)
}

// shownNow judges the item as it is now. What reports lend it, they lend its versions.
func (x *exchange) shownNow(ctx context.Context, q access.Question, owner fhir.Owner, d access.Decision, now *fetched) (lent fhir.Lent, a answer, shown bool) {
	defer now.free()
	q.Request = q.Request.Decided()
	cut, lent, err := x.cut(ctx, nil, now.body(), q.Request, owner, d.Plan, x.links(q, owner))
	clear(cut.Body) // it was looked at, and goes nowhere
	switch {
	case err != nil:
		return lent, x.uncut(cut, err), false
	case len(cut.Released) == 0:
		x.counted(cut)
		return lent, x.hideEvenly(ctx, q.Request), false
	}
	return lent, answer{}, true
}

// notOffered says that a source answers as one does that has no such interaction.
func notOffered(status int) bool {
	return status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}
