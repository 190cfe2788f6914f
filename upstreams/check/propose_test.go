package check_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/upstreams/check"
)

// The proposed lines, once somebody has chosen, are rules by which more is shown;
// until then the policies are refused.
func TestWhatIsProposedCanBeAddedToTheCategories(t *testing.T) {
	a, known := against(t)
	before, err := check.Judge(lines(file(t)), a)
	if err != nil {
		t.Fatal(err)
	}
	add := before.Propose(known)
	if len(add.Rules) != 2 || len(add.Systems) != 2 {
		t.Fatalf("proposed: %s", add)
	}
	if _, err := decision.Load(context.Background(), with(t, add.String()), decision.Options{}); err == nil || !strings.Contains(err.Error(), check.Choose) {
		t.Errorf("rules in which nobody chose were taken: %v", err)
	}
	rev, err := decision.Load(context.Background(), with(t, strings.ReplaceAll(add.String(), check.Choose, "laboratory")), decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Plan, err = decision.NewEngine(rev).PermittedPlan(context.Background(), source, now); err != nil {
		t.Fatal(err)
	}
	after, err := check.Judge(lines(file(t)), a)
	if err != nil {
		t.Fatal(err)
	}
	if more := after.Total.Shown - before.Total.Shown; more != 4 {
		t.Errorf("%d more are shown, want 4: %+v", more, after.Causes)
	}
}

// with is the region's policies and what is added to their categories.
func with(t *testing.T, lines string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.FS, path)
		all[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const name = "data/categories.json"
	var doc, add map[string]json.RawMessage
	if json.Unmarshal(all[name].Data, &doc) != nil || json.Unmarshal([]byte(lines), &add) != nil {
		t.Fatal("not JSON")
	}
	join := func(member string) {
		old, more := strings.TrimSpace(string(doc[member])), strings.TrimSpace(string(add[member]))
		doc[member] = json.RawMessage(old[:len(old)-1] + "," + more[1:])
	}
	join("systems")
	join("rules")
	if all[name].Data, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	return all
}
