package console

import (
	"context"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
)

// answer is one recorded permission of this professional.
type answer struct {
	ID          string
	Given, Ends time.Time
	How, For    string // For only when this session recorded it: nobody else tells what it was for
	Sensitive   bool
}

// answers are what a patient told this professional, for the organisation for which
// they are signed in, as it stands now: what a finding says of it is as old as the
// last look.
type answers struct {
	Held     []answer  // permissions that hold
	Known    bool      // they could be looked up
	SaidNo   time.Time // when the patient said no; zero when they did not, or said yes since
	Withdrew bool      // the last answer was a yes, and was taken back
	Any      bool      // there is one, of whatever kind
}

// answers looks them up. A later "no" ends a permission, by the rules as well.
func (c *Console) answers(ctx context.Context, who *page.Person, p patient) (now answers) {
	at := c.cfg.Clock()
	if c.cfg.Gatherer == nil {
		now = answers{Known: true, SaidNo: p.refused, Any: len(p.recorded) > 0 || !p.refused.IsZero()}
		for _, a := range p.recorded {
			if at.Before(a.Ends) {
				now.Held = append(now.Held, a)
			}
		}
		return now
	}
	facts := c.onRecord(ctx, who, p, access.Withdraw)
	if facts.Permissions.State == access.Unavailable {
		return answers{SaidNo: p.refused, Any: !p.refused.IsZero()}
	}
	now.Known = true
	var own []access.Permission
	for _, a := range facts.Permissions.Value {
		if a.UserID == who.Subject.UserID && a.Organisation == who.Subject.Organisation {
			own = append(own, a)
			if !a.Given && !a.Withdrawn && a.Recorded.After(now.SaidNo) {
				now.SaidNo = a.Recorded
			}
		}
	}
	now.Any = len(own) > 0
	var last time.Time
	for _, a := range own {
		if !a.Given || a.Recorded.UnixMilli() <= now.SaidNo.UnixMilli() {
			continue
		}
		if !a.Recorded.Before(last) {
			last, now.Withdrew = a.Recorded, a.Withdrawn
		}
		if !a.Withdrawn && (a.Until.IsZero() || a.Until.After(at)) {
			now.Held = append(now.Held, answer{ID: a.ID, Given: a.Recorded, Ends: a.Until, How: a.How, For: p.purposeOf(a.ID), Sensitive: a.Sensitive})
		}
	}
	if !last.IsZero() {
		now.SaidNo = time.Time{}
	}
	return now
}

// ordered says that a test was ordered from this professional, or from whoever works
// where they do, and is open: some of the record may be seen without asking, so it
// comes first, and says what asking would add. Whether it is so, the brokers judge.
func (c *Console) ordered(ctx context.Context, who *page.Person, p patient) bool {
	if c.cfg.Gatherer == nil {
		return false
	}
	at := c.cfg.Clock()
	return slices.ContainsFunc(c.onRecord(ctx, who, p, access.View).TestOrders.Value, func(o access.TestOrder) bool {
		return o.Organisation == who.Subject.Organisation && (o.UserID == "" || o.UserID == who.Subject.UserID) &&
			o.Status == "active" && !o.From.After(at) && (o.Until.IsZero() || o.Until.After(at))
	})
}

// onRecord is what the registry knows of a patient that bears on a professional.
func (c *Console) onRecord(ctx context.Context, who *page.Person, p patient, action access.Action) access.Facts {
	source := c.cfg.Collector.Sources()[0]
	return c.cfg.Gatherer.Gather(ctx, access.Question{
		Time: c.cfg.Clock(), Subject: who.Subject, Patient: p.Number, Action: action, Purpose: access.DirectCare,
		Source: access.Source{ID: source.ID, Name: source.Name, Organisation: source.Organisation, Kind: source.Kind},
	})
}

// purposeOf is what this session wrote that a permission is for.
func (p patient) purposeOf(id string) string {
	for _, a := range p.recorded {
		if a.ID == id {
			return a.For
		}
	}
	return ""
}
