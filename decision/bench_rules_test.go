package decision_test

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// BenchmarkRules measures a decision of ever more rules, and of rules of which one uses
// `with`, in turn. A ratio is the time against that of the shipped rules in the same
// run; in-proportion is the ratio that as many times the rules would have.
func BenchmarkRules(b *testing.B) {
	shipped := ruleFolders(policytest.Copied(b))
	sets := []struct {
		name   string
		policy fstest.MapFS
	}{
		{"shipped", policytest.Copied(b)},
		{"50 more", furtherRules(b, 50)},
		{"200 more", furtherRules(b, 200)},
		{"one with", policytest.Changed(b, "decision.rego", policytest.Replace("denials != {}\n", "denials != {} with input.time as input.time\n"))},
	}
	engines := make([]*decision.Engine, len(sets))
	for i, s := range sets {
		engines[i] = decision.NewEngine(policytest.Revision(b, s.policy))
	}
	q, f := policytest.Consultant(), policytest.Permitted()
	spent := make([]int64, len(sets))
	for b.Loop() { // each in turn, so that what else the machine does falls on all alike
		for i, e := range engines {
			before := processorTime()
			for range 20 {
				e.Decide(context.Background(), q, f)
			}
			spent[i] += processorTime() - before
		}
	}
	for i, s := range sets {
		name := strings.ReplaceAll(s.name, " ", "-")
		b.ReportMetric(float64(spent[i])/float64(spent[0]), name+"-ratio")
		b.ReportMetric(float64(len(ruleFolders(s.policy)))/float64(len(shipped)), name+"-in-proportion")
		b.Logf("%s: %d rules, %.1f µs of CPU", s.name, len(ruleFolders(s.policy)), float64(spent[i])/float64(20*b.N)/1000)
	}
}

func ruleFolders(fsys fs.FS) []string {
	dirs, err := fs.Glob(fsys, "rules/*")
	if err != nil {
		panic(err)
	}
	return dirs
}

// furtherRules gives the shipped rules and n copies of them under other names.
func furtherRules(tb testing.TB, n int) fstest.MapFS {
	tb.Helper()
	out := policytest.Copied(tb)
	shipped := ruleFolders(out)
	for i := range n {
		name := path.Base(shipped[i%len(shipped)])
		text := string(out["rules/"+name+"/"+name+".rego"].Data)
		further := fmt.Sprintf("%s_%d", name, i)
		text = strings.Replace(text, "package mcr.rules."+name, "package mcr.rules."+further, 1)
		out["rules/"+further+"/"+further+".rego"] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}
