package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/nhs"
)

// ownPolicies reads: own_policies <ODS code> <folder>
func (r *reader) ownPolicies(a *App) {
	args := r.RemainingArgs()
	if len(args) != 2 {
		r.fault("own_policies: give the organisation's ODS code and its folder, as in: own_policies RXA01 /etc/mcr/own/RXA01")
		return
	}
	if a.OwnPolicies == nil {
		a.OwnPolicies = map[string]string{}
	}
	if _, twice := a.OwnPolicies[args[0]]; twice {
		r.fault("own_policies: %s has two folders; keep one", args[0])
	}
	a.OwnPolicies[args[0]] = args[1]
}

// checkOwnPolicies says what is wrong with the folders of organisations' own rules.
// Whoever has a source that its broker declares is known only with all that stands beside it.
func (a *App) checkOwnPolicies(whole *loading) (faults []error) {
	holders := map[string]bool{}
	if whole != nil && len(a.sources) > 0 {
		holders = a.holders(*whole)
	}
	for _, of := range slices.Sorted(maps.Keys(a.OwnPolicies)) {
		if _, err := nhs.ParseODSCode(of); err != nil {
			faults = append(faults, Fault{inBroker + ".own_policies", fmt.Sprintf("own_policies: %v; write the organisation's ODS code, as in: own_policies RXA01 /etc/mcr/own/RXA01", err)})
			continue
		}
		if len(holders) > 0 && !holders[of] {
			faults = append(faults, Fault{inBroker + ".own_policies", fmt.Sprintf("own_policies: no source here is of %s, so that its rules would restrict nothing; the sources are of %v", of, slices.Sorted(maps.Keys(holders)))})
		}
		if a.checking { // a start without it may go by the last good ones
			faults = append(faults, folder("own_policies", a.OwnPolicies[of])...)
		}
	}
	return faults
}

// holders are the ODS codes of the organisations that have a source here: in the sources folder, or
// declared at its broker.
func (a *App) holders(whole loading) map[string]bool {
	all := map[string]bool{}
	for _, s := range a.sources {
		all[s.ODS.String()] = true
	}
	for _, s := range stands(whole.AppsRaw["http"]) {
		h := new(Handler)
		if s.handler["handler"] == "broker" && into(s.handler, h) && h.Alone != nil {
			all[h.Alone.ODS] = true
		}
	}
	return all
}

// newGate makes what lets policies into force.
func (a *App) newGate() *gate.Gate {
	own := map[string]fs.FS{}
	for of, path := range a.OwnPolicies {
		own[of] = os.DirFS(path)
	}
	return gate.New(gate.Options{
		Data: a.Data, Key: a.verdictKey("mcr policy verdict 1"), Log: a.log, ReadOnly: a.checking,
		Judge: apart.Judging(), Own: own, OwnByLastGood: lastGoodMay.Load() && inForce.Load() == nil,
	})
}

// ownLastGood says which organisations' last good own rules are in force instead of what their folders
// hold, and why; nil: none.
func (r *ruling) ownLastGood() error {
	set := r.current()
	if set == nil {
		return nil
	}
	var all []error
	for _, of := range slices.Sorted(maps.Keys(set.Own)) {
		if o := set.Own[of]; len(o.Faults) > 0 {
			all = append(all, fmt.Errorf("the last good own rules of %s are in force (%s), and not what its folder holds: %w", of, o.Kept, &gate.Refused{Faults: o.Faults}))
		}
	}
	return errors.Join(all...)
}

// ownDiffers compares the folders of own rules with what is in force; "" where they are that.
func (r *ruling) ownDiffers(set *gate.Set) string {
	if set == nil {
		return ""
	}
	for _, of := range slices.Sorted(maps.Keys(set.Own)) {
		is, err := gate.Fingerprint(os.DirFS(r.own[of]))
		switch {
		case len(set.Own[of].Faults) > 0: // and told
		case err != nil:
			return fmt.Sprintf("the folder of the own rules of %s cannot be read", of)
		case is != set.Own[of].Fingerprint:
			return fmt.Sprintf("the folder of the own rules of %s holds something else than what is in force", of)
		}
	}
	return ""
}

// ownChanges says which organisations' own rules are others than before. Their digest tells it not: it
// is of the region's lists too.
func ownChanges(was, is *gate.Set) (lines []string) {
	if was == nil || is == nil {
		return nil
	}
	of := maps.Clone(was.Own)
	if of == nil {
		of = map[string]*gate.Own{}
	}
	maps.Copy(of, is.Own)
	for _, code := range slices.Sorted(maps.Keys(of)) {
		say := func(format string, args ...any) {
			lines = append(lines, fmt.Sprintf("the own rules of "+code+" "+format, args...))
		}
		switch before, now := was.Own[code], is.Own[code]; {
		case before == nil:
			say("are new (digest %s)", now.Revision.Digest())
		case now == nil:
			say("are in force no more, which may let out more (digest %s)", before.Revision.Digest())
		case before.Fingerprint != now.Fingerprint:
			say("changed, which may let out more (digest %s, before %s)", now.Revision.Digest(), before.Revision.Digest())
		}
	}
	return lines
}

func (r *ruling) tellOwnLastGood(log *slog.Logger) {
	if err := r.ownLastGood(); err != nil {
		log.Error("the last good own rules are in force, since those of a folder are not fit", slog.Any("faults", err))
	}
}

// ownNow are the own rules that are in force.
func (r *ruling) ownNow() map[string]*decision.Revision {
	if rev := r.engine.Revision(); rev != nil {
		return rev.Own()
	}
	return nil
}
