package trail_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/replay"
)

// beginning is a trail that is followed from its first record on: the first time it is asked, it
// has none.
type beginning struct {
	replay.Following
	asked bool
}

func (b *beginning) Highest(ctx context.Context, broker string) (uint64, spool.Hash, error) {
	if !b.asked {
		b.asked = true
		return 0, spool.Hash{}, nil
	}
	return b.Following.Highest(ctx, broker)
}

// The draft is tried on what comes, within the part of whoever looks.
func TestTheDraftIsTriedOnTheRequestsOfNow(t *testing.T) {
	store := openSQLite(t)
	shipped, err := revision()
	if err != nil {
		t.Fatal(err)
	}
	draft := fs.FS(policytest.Changed(t, "rules/permission/permission.rego", policytest.Replace("some p, _ in usable\n\tsome r in relationship.active", "some p, _ in usable\n\tsome r in relationship.active\n\tinput.time < 0")))
	there := false
	live := replay.NewLive(replay.LiveOptions{
		Trail: &beginning{Following: store},
		Draft: func() (fs.FS, error) {
			if !there {
				return nil, nil
			}
			return draft, nil
		},
		InForce: shipped.Digest,
		Before:  func(context.Context, decision.DecidedBy) *decision.Revision { return shipped },
	})
	r := open(t, store, func(cfg *trail.Config) { cfg.Live = live })
	r.who.Areas.Rules = true
	if status, body := r.get(t, "/console/trail/live"); status != http.StatusOK || !strings.Contains(body, "There is no draft") {
		t.Error(status, body)
	}
	d := decision.NewEngine(shipped).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Permit {
		t.Fatal(d.Reasons)
	}
	records := region(t, r.protector)[:90]
	own := 0
	for _, rec := range records {
		rec.Effect, rec.Rules, rec.Revision, rec.Digest, rec.Alert, rec.Input = string(d.Effect), d.Rules, d.Revision, d.Digest, d.Alert, d.Input
		rec.Action, rec.Reasons = "view", nil
		for _, reason := range d.Reasons {
			rec.Reasons = append(rec.Reasons, reason.Code)
		}
		if rec.SourceOrg == "RZ1" {
			own++
		}
	}
	deliver(t, store, records...)
	there = true
	if err := live.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, body := r.get(t, "/console/trail/live")
	if !strings.Contains(body, "90 of 90 requests") {
		t.Error(body)
	}
	list := liveNumbers(body)
	if len(list) == 0 {
		t.Fatal("no number leads to its records")
	}
	for _, address := range list {
		if status, body := r.get(t, address); status != http.StatusOK || !strings.Contains(body, "/console/trail/records/") || !strings.Contains(body, "Since ") {
			t.Error(address, status)
		}
	}
	for address, want := range map[string]int{
		"/console/trail/live/records?kind=nothing": http.StatusBadRequest, "/console/trail/live/records?kind=refused&from=2": http.StatusBadRequest,
		"/console/trail/live/records?kind=refused&by=patient": http.StatusBadRequest,
	} {
		if status, _ := r.get(t, address); status != want {
			t.Errorf("%s: %d, want %d", address, status, want)
		}
	}
	r.who = person("RZ1") // who sees their own organisation's part
	r.who.Areas.Rules = true
	if _, body := r.get(t, "/console/trail/live"); own == 0 || own == 90 || !strings.Contains(body, fmt.Sprintf("%d of %d requests", own, own)) {
		t.Errorf("of %d requests in their part: %s", own, body)
	}
	for _, address := range list {
		if _, body := r.get(t, address); strings.Count(body, "/console/trail/records/") > own {
			t.Error("records of another part: ", address)
		}
	}
	r.who.Areas.Rules = false
	if status, _ := r.get(t, "/console/trail/live"); status != http.StatusForbidden {
		t.Error("who does not keep the rules is told of a draft:", status)
	}
	if status, _ := r.get(t, "/console/trail/live/records?kind=refused"); status != http.StatusForbidden {
		t.Error(status)
	}
}

func liveNumbers(body string) (all []string) {
	for _, part := range strings.Split(body, `href="`)[1:] {
		address, _, _ := strings.Cut(part, `"`)
		if strings.HasPrefix(address, "/console/trail/live/records?") {
			all = append(all, strings.ReplaceAll(address, "&amp;", "&"))
		}
	}
	return all
}
