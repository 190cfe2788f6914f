package caddymodule

import (
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// While sets are swapped, one request is answered by one of them, however often it asks; and a look
// takes cases and rules of the same set, so that health is not red for a moment.
func TestARequestMixesNoSetsWhileTheyAreSwapped(t *testing.T) {
	sets := map[string]*gate.Set{}
	var all []*gate.Set
	for _, hours := range []string{"18", "12"} {
		fsys := policytest.Changed(t, "data/settings.json", policytest.Replace(`"default_hours": 24`, `"default_hours": `+hours))
		rev, err := decision.Load(t.Context(), fsys, decision.Options{Revision: "set-" + hours})
		if err != nil {
			t.Fatal(err)
		}
		set := &gate.Set{FS: fsys, Revision: rev}
		sets[rev.Name()], all = set, append(all, set)
	}
	r := inForceBy(all[0].Revision)
	r.swap(all[0])
	stop := make(chan struct{})
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				rules, runs := r.Now()
				for range 3 {
					d := rules.Decide(t.Context(), policytest.Consultant(), policytest.Nothing())
					set := sets[d.Revision]
					if set == nil || d.Digest != set.Revision.Digest() || runs != r.permissionFor(set.Revision) || d.Effect == access.Indeterminate {
						t.Errorf("decided by %s (%s), permissions run %s, %s", d.Revision, d.Digest, runs, d.Effect)
						return
					}
				}
			}
		})
	}
	look := r.looking()
	for i := range 20 {
		r.swap(all[i%2])
		if l := look(t.Context()); !l.right {
			t.Error("the set in force decides none of its cases")
		}
	}
	close(stop)
	askers.Wait()
}
