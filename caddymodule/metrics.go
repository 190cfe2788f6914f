package caddymodule

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/upstreams/reach"
	"github.com/mycarerecord/mcr/version"
	"github.com/mycarerecord/mcr/wire"
)

// registerMetrics puts the collectors of every part into Caddy's registry. It is
// new at each load, while some collectors live as long as the process.
func registerMetrics(registry *prometheus.Registry, a *App) error {
	collectors := append(broker.Collectors(), collect.Collectors()...)
	collectors = append(collectors, signin.Collectors()...)
	collectors = append(collectors, a.verifier.Collectors()...)
	collectors = append(collectors, reach.Collectors(func() []*reach.Addresses { return a.reaches })...)
	collectors = append(collectors, a.shared.shipper, a.shared.reconciler, a.shared.follower, buildInfo(), policyMetrics{a.ruling}, turned, held(a.shared.room), inPlace(a.shared), refusing(a.shared), unwritten(a.shared), logoutsPassedOn, logoutsUnrecorded)
	if a.live != nil {
		collectors = append(collectors, a.live)
	}
	if a.shared.postgres != nil {
		collectors = append(collectors, a.shared.postgres)
	}
	if a.shared.watch != nil {
		collectors = append(collectors, a.shared.watch)
	}
	var faults []error
	for _, collector := range collectors {
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(collector); err != nil && !errors.As(err, &already) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// buildInfo says which program this is.
func buildInfo() prometheus.Collector {
	b := version.This()
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "build_info",
		Help: "Always 1; its labels say which program this is: its version and commit, and the versions of Go and Caddy in it.",
	}, []string{"version", "commit", "go", "caddy"})
	info.WithLabelValues(b.Version, b.Commit, b.Go, b.Caddy).Set(1)
	return info
}

// held is how much memory sources' answers take now.
func held(r *room.Room) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "held_bytes",
		Help: "Bytes of memory that the sources' answers under way take now, with what cutting them takes; at most max_held.",
	}, func() float64 { return float64(r.Held()) })
}

// inPlace says whether what the process has open is where it was.
func inPlace(p *shared) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "data_in_place",
		Help: "0 while the data folder, or a file in it, is gone or replaced underneath: every request is refused.",
	}, func() float64 {
		if p.inPlace() != nil {
			return 0
		}
		return 1
	})
}

// refusing says whether the trail's store refuses this broker.
func refusing(p *shared) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "trail_refuses",
		Help: "1 while the trail's store refuses this broker's login, or lacks a right, a table or a setting: records wait in the spool.",
	}, func() float64 {
		if p.refused() != nil {
			return 1
		}
		return 0
	})
}

// unwritten says whether the registry could not be written when somebody last tried.
func unwritten(p *shared) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "mcr", Name: "registry_unwritten",
		Help: "1 when the last permission, refusal, withdrawal or emergency could not be recorded for want of the registry.",
	}, func() float64 {
		if p.registry.Unwritten() != nil {
			return 1
		}
		return 0
	})
}

// policyMetrics says which policies decide now, and how it stands with them.
type policyMetrics struct{ of *ruling }

var (
	policyInfo = prometheus.NewDesc("mcr_policy_info",
		"Always 1; its labels name the policy revision that decides now, and its digest.", []string{"revision", "digest"}, nil)
	policyUnclear = prometheus.NewDesc("mcr_policies_unclear_total",
		"Decisions to which the rules gave no clear answer, by cause.", []string{"cause"}, nil)
	policyRemembered = prometheus.NewDesc("mcr_policies_remembered_total",
		"Decisions that were remembered from the same question before.", nil, nil)
	policyDiffer = prometheus.NewDesc("mcr_policies_remembered_differ_total",
		"Remembered decisions that were decided anew, as a sample is, and came out otherwise. Anything but zero needs somebody now.", nil, nil)
	policyStates = []struct {
		desc  *prometheus.Desc
		value func(*ruling) bool
	}{
		{state("overridden", "1 while policies that do not pass their checks are in force by override."), (*ruling).inEffect},
		{state("last_good", "1 while the last good policies, or own rules of an organisation, are in force, and not what the folder holds."), func(r *ruling) bool {
			return r.byLastGood() || r.ownLastGood() != nil
		}},
		{state("kept", "0 when the policies in force could not be kept for a later start."), func(r *ruling) bool { return !r.unkept.Load() }},
		{state("decide", "0 when the policies in force decide none of their own cases as they say."), func(r *ruling) bool {
			l := r.seen.Load()
			return r.engine.Revision() != nil && (l == nil || l.right)
		}},
		{state("folder_differs", "1 when the folder of policies holds something else than what is in force."), func(r *ruling) bool {
			l := r.seen.Load()
			return l != nil && l.folder != ""
		}},
	}
)

var (
	releaseSerial = prometheus.NewDesc("mcr_policies_release_serial",
		"The serial of the release of policies in force, where a broker goes by releases.", nil, nil)
	releaseContact = prometheus.NewDesc("mcr_policies_release_contact_seconds",
		"When the place of publication was known last to have nothing newer, in seconds since 1970.", nil, nil)
	releaseOld = prometheus.NewDesc("mcr_policies_release_too_old",
		"1 while it has not been known for too_old whether there is a newer release.", nil, nil)
	releaseRefused = prometheus.NewDesc("mcr_policies_release_refused",
		"1 while the newest release is refused, and the one before goes on.", nil, nil)
	canarySerial = prometheus.NewDesc("mcr_policies_canary_serial",
		"The serial of the release that is tried on some requests; 0 while there is none.", nil, nil)
	canaryBack = prometheus.NewDesc("mcr_policies_canary_back",
		"1 while the release that was tried last is taken back.", nil, nil)
	canaryDecided = prometheus.NewDesc("mcr_policies_canary_decisions_total",
		"Views that the release on trial decided, by how it compares with the rules in force: worse, wider, unclear, alike.", []string{"result"}, nil)
	releaseRefusals = prometheus.NewDesc("mcr_policies_release_refusals_total",
		"Releases that were refused, by why.", []string{"code"}, nil)
)

func state(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("mcr_policies_"+name, help, nil, nil)
}

// Describe makes it a prometheus.Collector.
func (m policyMetrics) Describe(all chan<- *prometheus.Desc) {
	all <- policyInfo
	all <- policyUnclear
	all <- policyRemembered
	all <- policyDiffer
	for _, s := range policyStates {
		all <- s.desc
	}
	for _, d := range []*prometheus.Desc{releaseSerial, releaseContact, releaseOld, releaseRefused, releaseRefusals, canarySerial, canaryBack, canaryDecided} {
		all <- d
	}
}

// Collect gives the values of now.
func (m policyMetrics) Collect(all chan<- prometheus.Metric) {
	if rev := m.of.engine.Revision(); rev != nil {
		all <- prometheus.MustNewConstMetric(policyInfo, prometheus.GaugeValue, 1, rev.Name(), rev.Digest())
	}
	if f := m.of.releases; f != nil {
		f.collect(m.of.now(), all)
	}
	unclear := m.of.engine.Unclear()
	if f := m.of.releases; f != nil {
		for cause, n := range f.none.Unclear() {
			unclear[cause] += n
		}
	}
	for _, cause := range decision.Causes {
		all <- prometheus.MustNewConstMetric(policyUnclear, prometheus.CounterValue, float64(unclear[cause]), string(cause))
	}
	of := m.of.engine.Remembering()
	all <- prometheus.MustNewConstMetric(policyRemembered, prometheus.CounterValue, float64(of.Recalled))
	all <- prometheus.MustNewConstMetric(policyDiffer, prometheus.CounterValue, float64(of.Differed))
	for _, s := range policyStates {
		value := 0.0
		if s.value(m.of) {
			value = 1
		}
		all <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, value)
	}
}

// logoutsPassedOn counts logouts that were to be passed on to other brokers, one for each.
var logoutsPassedOn = prometheus.NewCounterVec(prometheus.CounterOpts{
	Namespace: "mcr", Name: "logouts_passed_on_total",
	Help: "Logouts that were to be passed on to other brokers: passed, or failed, so that the session may go on there.",
}, []string{"result"})

// logoutsUnrecorded counts junk at broker_logout and broker_revoke beyond what is recorded each.
var logoutsUnrecorded = prometheus.NewCounter(prometheus.CounterOpts{
	Namespace: "mcr", Name: "logouts_unrecorded_total",
	Help: "Logouts and revocations refused with 429 without a record each, since too many were refused; one record a minute says how many.",
})

func init() {
	for _, result := range []string{"passed", "failed"} {
		logoutsPassedOn.WithLabelValues(result)
	}
}

// turned counts what reaches no site, and so stands in no record.
var turned = func() *prometheus.CounterVec {
	all := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "turned_away_total",
		Help: "Requests that were refused before any site was asked, by reason.",
	}, []string{"reason"})
	for _, fault := range wire.Faults {
		all.WithLabelValues(string(fault))
	}
	for _, reason := range []string{otherHost, connect, nobody} {
		all.WithLabelValues(reason)
	}
	return all
}()

func turnedAway(reason string) { turned.WithLabelValues(reason).Inc() }

// collect tells of the releases.
func (f *fetching) collect(now time.Time, all chan<- prometheus.Metric) {
	gauge := func(of *prometheus.Desc, value float64) {
		all <- prometheus.MustNewConstMetric(of, prometheus.GaugeValue, value)
	}
	truth := map[bool]float64{true: 1}
	state := f.in.State()
	if is := f.now.Load(); is != nil {
		gauge(releaseSerial, float64(is.Statement.Serial))
	}
	if !state.Contact.IsZero() {
		gauge(releaseContact, float64(state.Contact.Unix()))
	}
	gauge(releaseOld, truth[f.old(now)])
	gauge(releaseRefused, truth[state.Refused != nil || f.canaries != nil && f.canaries.State().Refused != nil])
	f.collectCanary(gauge, all)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, code := range release.Codes {
		all <- prometheus.MustNewConstMetric(releaseRefusals, prometheus.CounterValue, float64(f.counts[code]), string(code))
	}
}

// collectCanary tells of the trial.
func (f *fetching) collectCanary(gauge func(*prometheus.Desc, float64), all chan<- prometheus.Metric) {
	c := f.canary.Load()
	if c == nil {
		gauge(canarySerial, 0)
		gauge(canaryBack, 0)
		return
	}
	back := 0.0
	if c.back.Load() != nil {
		back = 1
	}
	gauge(canarySerial, float64(c.Statement.Serial))
	gauge(canaryBack, back)
	worse, wider, unclear := c.worse.Load(), c.wider.Load(), c.unclear.Load()
	for result, n := range map[string]uint64{"worse": worse, "wider": wider, "unclear": unclear, "alike": c.asked.Load() - min(c.asked.Load(), worse+wider)} {
		all <- prometheus.MustNewConstMetric(canaryDecided, prometheus.CounterValue, float64(n), result)
	}
}
