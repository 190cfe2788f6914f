package trail

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/replay"
)

// livePage is what the draft would decide otherwise of the requests of now.
type livePage struct {
	Part       string
	None       bool // there is no draft to try
	Unread     bool // draft or trail could not be read
	Since, At  time.Time
	PassedOver int
	OwnStaff   bool // whose requests elsewhere are not in it
	toldReport
}

// live shows it, as far as it came.
func (t *Room) live(_ context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	_, l, refused := t.replayAsked(r, who, s, nil, "live")
	if refused != nil {
		return *refused
	}
	l.outcome, l.recorded = audit.Released, true
	seen := t.cfg.Live.Seen(s.SourceOrg)
	data := livePage{Part: t.partOf(s), None: seen.Report == nil, Unread: seen.Fault != nil, Since: seen.Since, At: seen.At, PassedOver: seen.PassedOver, OwnStaff: s.OwnStaff}
	if seen.Report != nil {
		l.shown = seen.Report.Decisions
		data.toldReport = t.tellReplay(seen.Report, "/trail/live/records", url.Values{})
	}
	return answer{status: http.StatusOK, name: "live", data: data, look: l}
}

// liveList lists the records behind one number.
func (t *Room) liveList(_ context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	of, rest := behindNumber(r)
	_, l, refused := t.replayAsked(r, who, s, nil, "live/records")
	if refused != nil {
		return *refused
	}
	if !of.known() || len(rest) > 0 {
		return faulty([]fault{{"", "The address asks for something that there is not."}}, l)
	}
	seen := t.cfg.Live.Seen(s.SourceOrg)
	if seen.Report == nil {
		return answer{elsewhere: t.address("/trail/live", nil)} // it says why
	}
	data := replayListPage{Part: t.partOf(s), Live: seen.Since, Back: t.address("/trail/live", nil)}
	t.list(&data, &l, seen.Report, of, replay.LiveChanges)
	return answer{status: http.StatusOK, name: "replaylist", data: data, look: l}
}
