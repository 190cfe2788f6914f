package console

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

// answer is one recorded permission of this professional.
type answer struct {
	ID          string
	Given, Ends time.Time
	How, For    string // how the patient was asked, and what for
	Sensitive   bool
}

// standing is how it stands now between this professional, for the organisation for
// which they are signed in, and a patient: as it is on record, whichever session, console
// or broker it came from. What a finding says of it is as old as the last look.
type standing struct {
	Held     []answer  // permissions that hold
	Known    bool      // it could be looked up
	SaidNo   time.Time // when the patient said no; zero when they did not, or said yes since
	Withdrew bool      // the last answer was a yes, and was taken back
	Any      bool      // there is an answer, of whatever kind
	// Emergency is the end of the emergency that they declared; zero when none runs.
	Emergency time.Time
}

// InForce says that something opens the record that the patient was, or could not be,
// asked for: a permission, or an emergency.
func (now standing) InForce() bool { return len(now.Held) > 0 || !now.Emergency.IsZero() }

// opens names what opens the record now: where it is another than before, sources are to
// be asked anew what they may say.
func (now standing) opens() string {
	names := []string{now.Emergency.UTC().String()}
	for _, a := range now.Held {
		names = append(names, a.ID)
	}
	return strings.Join(names, " ")
}

// standing looks it up. A later "no" ends a permission, by the rules as well. Where there
// is no registry, or it cannot be asked, what this session recorded stands in.
func (c *Console) standing(ctx context.Context, who *page.Person, p patient) (now standing) {
	at := c.cfg.Clock()
	if c.cfg.Gatherer == nil {
		now = standing{Known: true, SaidNo: p.refused, Any: len(p.recorded) > 0 || !p.refused.IsZero(), Emergency: p.declaredUntil(at)}
		for _, a := range p.recorded {
			if at.Before(a.Ends) {
				now.Held = append(now.Held, a)
			}
		}
		return now
	}
	q := c.question(who, p)
	facts := c.cfg.Gatherer.Gather(ctx, q)
	if facts.Permissions.State == access.Unavailable || facts.Emergencies.State == access.Unavailable {
		return standing{SaidNo: p.refused, Any: !p.refused.IsZero(), Emergency: p.declaredUntil(at)}
	}
	now.Known, now.Emergency = true, c.runs(ctx, q, facts)
	var longest time.Duration
	if rev := c.cfg.Engine.Revision(); rev != nil {
		longest = time.Duration(rev.Settings().Permission.LongestHours) * time.Hour
	}
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
		ends := a.Ends(longest)
		if !a.Withdrawn && (ends.IsZero() || ends.After(at)) {
			now.Held = append(now.Held, answer{ID: a.ID, Given: a.Recorded, Ends: ends, How: a.How, For: a.Purpose, Sensitive: a.Sensitive})
		}
	}
	if !last.IsZero() {
		now.SaidNo = time.Time{}
	}
	return now
}

// runs gives the end of the emergency that runs, of those on record; zero when none does.
// Whether one opens anything is for the rules to say: they are asked of each as a broker
// asks them.
func (c *Console) runs(ctx context.Context, q access.Question, facts access.Facts) (ends time.Time) {
	for _, e := range facts.Emergencies.Value {
		alone := facts
		alone.Emergencies = access.KnownFact([]access.Emergency{e})
		d := c.cfg.Engine.Decide(ctx, q, alone)
		if d.Effect == access.Permit && d.Basis["emergency"] == e.ID && e.Until.After(ends) {
			ends = e.Until
		}
	}
	return ends
}

// ordered says that a test was ordered from this professional, or from whoever works
// where they do, and is open: some of the record may be seen without asking, so it
// comes first, and says what asking would add. Whether it is so, the brokers judge.
func (c *Console) ordered(ctx context.Context, who *page.Person, p patient) bool {
	if c.cfg.Gatherer == nil {
		return false
	}
	at := c.cfg.Clock()
	return slices.ContainsFunc(c.cfg.Gatherer.Gather(ctx, c.question(who, p)).TestOrders.Value, func(o access.TestOrder) bool {
		return o.Organisation == who.Subject.Organisation && (o.UserID == "" || o.UserID == who.Subject.UserID) &&
			o.Status == "active" && !o.From.After(at) && (o.Until.IsZero() || o.Until.After(at))
	})
}

// question is what a broker would ask if the patient were looked up there now.
func (c *Console) question(who *page.Person, p patient) access.Question {
	source := c.cfg.Collector.Sources()[0]
	return access.Question{
		Time: c.cfg.Clock(), Subject: who.Subject, OrganisationKind: c.kindOf(who.Subject.Organisation), Patient: p.Number, Action: access.View, Purpose: access.DirectCare,
		Source:  access.Source{ID: source.ID, Name: source.Name, Organisation: source.Organisation, Kind: source.Kind},
		Request: fhir.Request{Interaction: fhir.Search, Type: "Patient"},
	}
}

// kindOf is the kind of an organisation as the brokers know it, by the sources that they share.
func (c *Console) kindOf(organisation nhs.ODSCode) string {
	var sources []upstreams.Source
	for _, s := range c.cfg.Collector.Sources() {
		sources = append(sources, upstreams.Source{ODS: s.Organisation, Kind: s.Kind})
	}
	return upstreams.KindsOf(sources)[organisation]
}
