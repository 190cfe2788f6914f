package check_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
)

// rules reads the rule files as Prometheus does at its start.
func rules(t *testing.T) (all []rulefmt.Rule) {
	t.Helper()
	files, err := filepath.Glob("../rules/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d rule files, %v", len(files), err)
	}
	for _, file := range sorted(files, "mcr.rules.yml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		groups, faults := rulefmt.Parse(text, false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
		for _, fault := range faults {
			t.Errorf("%s: %v", file, fault)
		}
		if groups == nil {
			t.FailNow()
		}
		for _, group := range groups.Groups {
			all = append(all, group.Rules...)
		}
	}
	return all
}

// sorted puts the file with recording rules first: alerts use what it records.
func sorted(files []string, first string) []string {
	for i, file := range files {
		if filepath.Base(file) == first {
			files[0], files[i] = files[i], files[0]
		}
	}
	return files
}

// record evaluates every recording rule at a time, in order.
func (m *memory) record(t *testing.T, all []rulefmt.Rule, at time.Time) {
	t.Helper()
	for _, rule := range all {
		if rule.Record == "" {
			continue
		}
		for _, s := range m.ask(t, rule.Expr, at) {
			b := labels.NewBuilder(s.Metric).Set(labels.MetricName, rule.Record)
			for name, value := range rule.Labels {
				b.Set(name, value)
			}
			m.add(b.Labels(), at, s.F)
		}
	}
}

// Every alert says whom it is for, how soon, what is so, and what to do.
func TestEveryAlertSaysForWhomAndWhatToDo(t *testing.T) {
	severities := map[string]bool{"page": true, "ticket": true, "info": true}
	audiences := map[string]bool{"operations": true, "privacy": true}
	seen := map[string]bool{}
	for _, rule := range rules(t) {
		name := rule.Record + rule.Alert
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if rule.Alert == "" {
			continue
		}
		if !severities[rule.Labels["severity"]] || !audiences[rule.Labels["audience"]] {
			t.Errorf("%s: severity %q, audience %q", rule.Alert, rule.Labels["severity"], rule.Labels["audience"])
		}
		if len(rule.Annotations["summary"]) < 20 || len(rule.Annotations["action"]) < 20 {
			t.Errorf("%s does not say what is so and what to do", rule.Alert)
		}
	}
}
