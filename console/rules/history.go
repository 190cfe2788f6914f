package rules

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
)

func (m *Room) remembering(handle func(pattern string, h page.Handler)) {
	if m.cfg.Trail != nil {
		handle("GET /rules/history", m.history)
	}
}

// historyPage is who changed the rules, and where they are in force.
type historyPage struct {
	At      string
	Brokers []arrival
	Newest  uint64 // the highest serial that a broker took or that was published
	Changes []happened
	More    bool // there are older ones
}

// arrival is how far the rules have come at one broker.
type arrival struct {
	Broker      string
	Record      string // id of the record; "" where it never took a release
	Release     audit.Release
	Since       time.Time
	Behind      bool
	Trial, Back *happened // what is tried beside it, or was taken back; nil: nothing is
	Refused     *happened // it refused one since
}

// happened is one thing that somebody, or a broker, did with the rules.
type happened struct {
	At      time.Time
	Record  string
	Broker  string
	ByHand  bool // somebody did, and not the broker by itself
	Who     string
	What    string
	Release audit.Release
	Faults  []string
}

// mostHappened is how many records of each kind are read, mostTold how many the page shows.
const (
	mostHappened = 500
	mostTold     = 60
)

// overrideWords are the other two ways in which what decides changes.
var overrideWords = map[string]string{
	audit.OverrideAction:      "put rules in force that do not pass their own checks, and answers for it",
	audit.OverrideEndedAction: "no longer has rules in force that do not pass their own checks",
}

func (m *Room) history(w http.ResponseWriter, r *http.Request, who *page.Person) {
	ctx, cancel := context.WithTimeout(r.Context(), m.cfg.Within)
	defer cancel()
	p, err := m.remembered(ctx)
	if err != nil {
		m.cfg.Log.Error("the trail could not be asked who changed the rules", "cause", err)
		m.problem(w, r, who, http.StatusServiceUnavailable, problem{
			Title: "The trail could not be asked", Text: "Who changed the rules stands in the trail, which does not answer now. Nothing is lost: records wait on the brokers.",
			Remedy: "Load this page again in a moment.",
		})
		return
	}
	m.pages.Render(w, r, who, http.StatusOK, "history", p)
}

func (m *Room) remembered(ctx context.Context) (p historyPage, err error) {
	p.At = "history"
	names, err := m.cfg.Trail.Brokers(ctx)
	if err != nil {
		return p, err
	}
	actions := append([]string{audit.OverrideAction, audit.OverrideEndedAction}, audit.ReleaseActions...)
	taken := map[string]happened{}   // by broker, the newest
	refused := map[string]happened{} // the same
	tried := map[string]happened{}   // the same, of trials
	back := map[string]happened{}    // the same, of trials that were taken back
	for _, action := range actions {
		found, err := m.cfg.Trail.Search(ctx, audit.Scope{Limit: mostHappened}, audit.Filter{Action: action}, "")
		if err != nil {
			return p, err
		}
		p.More = p.More || found.Older != ""
		for _, rec := range found.Records {
			one := happening(rec)
			p.Changes = append(p.Changes, one)
			switch action {
			case audit.AcceptAction:
				newest(taken, one)
			case audit.RefuseAction:
				newest(refused, one)
			case audit.TryAction:
				newest(tried, one)
			case audit.ReturnAction:
				newest(back, one)
			}
			if action == audit.AcceptAction || action == audit.PublishAction {
				p.Newest = max(p.Newest, one.Release.Serial)
			}
		}
	}
	slices.SortFunc(p.Changes, func(a, b happened) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Record, a.Record))
	})
	if len(p.Changes) > mostTold {
		p.Changes, p.More = p.Changes[:mostTold], true
	}
	for _, name := range names {
		a := arrival{Broker: name}
		if one, ok := taken[name]; ok {
			a.Record, a.Release, a.Since = one.Record, one.Release, one.At
			a.Behind = one.Release.Serial < p.Newest
		}
		if one, ok := refused[name]; ok && one.At.After(a.Since) {
			a.Refused = &one
		}
		a.onTrial(tried, back)
		if a.Record != "" || a.Refused != nil {
			p.Brokers = append(p.Brokers, a)
		}
	}
	return p, nil
}

// onTrial says which release is tried beside the one in force, or was, and was taken back.
func (a *arrival) onTrial(tried, back map[string]happened) {
	one, ok := tried[a.Broker]
	if !ok || one.Release.Serial <= a.Release.Serial {
		return
	}
	if end, ok := back[a.Broker]; ok && end.Release.Serial == one.Release.Serial {
		a.Back = &end
		return
	}
	a.Trial = &one
}

func newest(of map[string]happened, one happened) {
	if was, there := of[one.Broker]; !there || one.At.After(was.At) {
		of[one.Broker] = one
	}
}

// happening reads a record of a change of the rules.
func happening(rec *audit.Record) happened {
	h := happened{At: rec.TimeIn, Record: rec.ID, Broker: rec.Broker, ByHand: rec.UserID != "", Who: cmp.Or(rec.UserName, rec.UserID)}
	if rel, ok := rec.ReleaseOf(); ok {
		h.What, h.Release = audit.ReleaseWords(rec.Action), rel
		if rel.Fault != "" {
			h.Faults = []string{rel.Fault}
		}
		return h
	}
	h.What = cmp.Or(overrideWords[rec.Action], audit.ReleaseWords(rec.Action))
	h.Release = audit.Release{Revision: rec.Revision, Reason: rec.EmergencyReason}
	var input struct {
		Override audit.Override `json:"override"`
	}
	if json.Unmarshal(rec.Input, &input) == nil {
		h.Faults = few(input.Override.Faults)
	}
	return h
}
