package past_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
	"github.com/mycarerecord/mcr/upstreams"
)

// now is a Monday.
var now = time.Date(2026, 11, 30, 11, 0, 0, 0, time.UTC)

// theRules are those in the program, and those of the trial.
var theRules = sync.OnceValues(func() (both [2]*decision.Revision, err error) {
	if both[0], err = decision.Load(context.Background(), policies.FS, decision.Options{}); err == nil {
		both[1], err = past.Trial(context.Background(), both[0])
	}
	return both, err
})

// options are those of the demo's own region.
func options(t testing.TB, keys *protect.Keys) past.Options {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	declared, err := upstreams.Embedded()
	must(err)
	population, err := people.New(people.Options{Seed: 1, Today: now, From: declared})
	must(err)
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "registry.db"), sqlite.Options{})
	must(err)
	known := registry.New(store, registry.Options{Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { must(known.Close()) })
	_, err = intake.Import(t.Context(), known, bytes.NewReader(population.Registry()), intake.Options{By: "test"})
	must(err)
	rules, err := theRules()
	must(err)
	protector, err := protect.NewProtector(keys, protect.Masked)
	must(err)
	return past.Options{
		Days: 30, Until: now, People: population.People, Sources: declared, Facts: known,
		Rules: decision.NewEngine(rules[0]), Trial: decision.NewEngine(rules[1]), Protector: protector,
	}
}

func newKeys(t testing.TB, data string) *protect.Keys {
	t.Helper()
	keys, err := protect.CreateKeys(filepath.Join(data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func made(t testing.TB, opt past.Options) []*audit.Record {
	t.Helper()
	records, err := past.Make(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestTheSameSeedAndTimeMakeTheSameMonth(t *testing.T) {
	opt := options(t, newKeys(t, t.TempDir()))
	opt.Days = 5
	all := func() (text []byte) {
		for _, r := range made(t, opt) {
			text = append(audit.AppendJSON(text, r), '\n')
		}
		return text
	}
	one := all()
	if !bytes.Equal(one, all()) {
		t.Error("made twice, it comes out otherwise")
	}
	opt.Seed = 2
	if bytes.Equal(one, all()) {
		t.Error("another seed makes the same month")
	}
	opt.Facts = nothing{}
	if _, err := past.Make(t.Context(), opt); err == nil {
		t.Error("it is made of what a registry that is away knows")
	}
}

type nothing struct{ past.Facts }

func (nothing) Gather(context.Context, access.Question) access.Facts { return access.Facts{} }

// Every record is of the month, says that it was made up, and is as the rules decide, when they are
// asked again as when OPA's own evaluator is.
func TestTheMonthIsWhatItSays(t *testing.T) {
	opt := options(t, newKeys(t, t.TempDir()))
	records := made(t, opt)
	if n := len(records); n < 3000 || n > 8000 {
		t.Errorf("%d records, want some thousands", n)
	}
	rules, _ := theRules()
	outcomes, days, ids := map[audit.Outcome]int{}, map[string]int{}, map[string]bool{}
	var free, working int
	for i, r := range records {
		outcomes[r.Outcome]++
		days[r.TimeIn.Format(time.DateOnly)]++
		if day := r.TimeIn.Weekday(); day == time.Saturday || day == time.Sunday {
			free++
		} else {
			working++
		}
		switch {
		case !past.Made(r) || r.UserAgent != past.Agent || r.Issuer != "":
			t.Fatalf("it does not say that it was made up: %+v", r)
		case r.TimeIn.Before(now.AddDate(0, 0, -30)) || r.TimeOut.After(now) || !r.TimeOut.After(r.TimeIn) || i > 0 && r.TimeIn.Before(records[i-1].TimeIn):
			t.Fatalf("%s to %s is not in the month, or not in its order", r.TimeIn, r.TimeOut)
		case ids[r.ID]:
			t.Fatalf("two records are %s", r.ID)
		case r.IsLook() && r.Input == nil:
			continue
		}
		ids[r.ID] = true
		by := rules[0]
		if r.Revision != by.Name() {
			by = rules[1]
		}
		d, err := by.DecideInput(t.Context(), r.Input)
		if err == nil && i%400 == 0 {
			d, err = decision.NewEngine(by).Replay(t.Context(), r.Input)
		}
		var codes []string
		for _, reason := range d.Reasons {
			codes = append(codes, reason.Code)
		}
		told := r.Reasons
		if r.Outcome == audit.Failed {
			told = told[1:] // what failed stands in front
		}
		if err != nil || string(d.Effect) != r.Effect || !slices.Equal(codes, told) || !slices.Equal(d.Rules, r.Rules) || d.Digest != r.Digest {
			t.Fatalf("decided again it is %s for %v by %v (%v): %+v", d.Effect, codes, d.Rules, err, r)
		}
	}
	if len(days) < 30 || free == 0 || 3*free > 2*working || outcomes[audit.Refused]*2 > outcomes[audit.Released] || outcomes[audit.Failed] == 0 {
		t.Errorf("it is no month of a region: %v, %d on working days, %d on others, on %v", outcomes, working, free, slices.Sorted(maps.Keys(days)))
	}
}

func TestNoTwoOfTheStaffAreOne(t *testing.T) {
	users := map[string]string{}
	for _, c := range past.Staff {
		if other := users[c.UserID()]; c.UserID() == "" || other != "" {
			t.Errorf("%s and %s have the user id %q", c.Name, other, c.UserID())
		}
		users[c.UserID()] = c.Name
	}
}

func TestWhatItIsMadeOfMustBeThere(t *testing.T) {
	opt := options(t, newKeys(t, t.TempDir()))
	for name, without := range map[string]func(*past.Options){
		"days": func(o *past.Options) { o.Days = 0 }, "facts": func(o *past.Options) { o.Facts = nil }, "people": func(o *past.Options) { o.People = nil },
		"sources": func(o *past.Options) { o.Sources = nil },
	} {
		lacking := opt
		without(&lacking)
		if records, err := past.Make(t.Context(), lacking); err == nil {
			t.Errorf("without %s there are %d records", name, len(records))
		}
	}
}
