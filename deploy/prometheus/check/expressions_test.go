package check_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// expression is one PromQL expression of the repository.
type expression struct {
	where, text string
	legend      string
	panel       bool // a panel must show something
}

// Whatever is asked for is measured: names, labels and values.
func TestEveryExpressionIsAboutWhatIsMeasured(t *testing.T) {
	m := measured(t)
	all := rules(t)
	for minute := -30; minute <= 0; minute++ {
		m.record(t, all, now.Add(time.Duration(minute)*time.Minute))
	}
	var expressions []expression
	for _, rule := range all {
		expressions = append(expressions, expression{where: rule.Record + rule.Alert, text: rule.Expr})
	}
	panels := panelExpressions(t)
	for _, e := range append(expressions, panels...) {
		t.Run(e.where, func(t *testing.T) { judge(t, m, e) })
	}
}

func judge(t *testing.T, m *memory, e expression) {
	parsed, err := promQL.ParseExpr(e.text)
	if err != nil {
		t.Fatal(err)
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			selects(t, m, n)
		case *parser.AggregateExpr:
			known(t, m, n.Expr, n.Grouping)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				known(t, m, n, append(slices.Clone(n.VectorMatching.MatchingLabels), n.VectorMatching.Include...))
			}
		}
		return nil
	})
	result := m.ask(t, e.text, now)
	if !e.panel {
		return
	}
	if len(result) == 0 || !slices.ContainsFunc(promValues(result), func(v float64) bool { return !math.IsNaN(v) }) {
		t.Errorf("the panel shows nothing: %s", e.text)
	}
	for _, label := range inLegend.FindAllStringSubmatch(e.legend, -1) {
		for _, s := range result {
			if s.Metric.Get(label[1]) == "" {
				t.Errorf("the legend names %s, which %s has not", label[1], s.Metric)
			}
		}
	}
}

var inLegend = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// unseen are label values that a region in good health does not show; each is a
// word of the product's own pages.
var unseen = map[string]string{
	`effect="indeterminate"`:             "docs/metrics.md",
	`reason="token-service-unavailable"`: "policies/data/reasons.json",
	`reason="emergency-access"`:          "policies/data/reasons.json",
	`reason="too-many-requests"`:         "policies/data/reasons.json",
	`outcome=~"failed|incomplete"`:       "docs/metrics.md",
	`outcome="unrecorded"`:               "docs/metrics.md",
	`outcome="partial"`:                  "docs/metrics.md",
	`why="elsewhere"`:                    "docs/metrics.md",
	`result=~"issuer-away|not-verified"`: "docs/metrics.md",

	`status=~"did-not-answer-in-time|failed"`: "docs/collect.md",
	`result!="accepted"`:                      "",
}

// selects: there are series of that name, with these labels and these values.
func selects(t *testing.T, m *memory, v *parser.VectorSelector) {
	t.Helper()
	name := labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, v.Name)
	if v.Name == "" || len(m.matching(name)) == 0 {
		t.Errorf("%s: nothing of that name is measured", v)
		return
	}
	for _, matcher := range v.LabelMatchers {
		if matcher.Name == labels.MetricName {
			continue
		}
		if !hasLabel(m.matching(name), matcher.Name) {
			t.Errorf("%s: %s has no label %s", v, v.Name, matcher.Name)
		}
		if len(m.matching(name, matcher)) > 0 {
			continue
		}
		page, meant := unseen[matcher.String()]
		if !meant {
			t.Errorf("%s: no series of %s has %s", v, v.Name, matcher)
			continue
		}
		if page == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../../..", page))
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.SplitSeq(matcher.Value, "|") {
			if !strings.Contains(string(text), word) {
				t.Errorf("%s: %s does not know %s", v, page, word)
			}
		}
	}
}

// known: labels to group or match by stand on some series below.
func known(t *testing.T, m *memory, below parser.Node, names []string) {
	t.Helper()
	for _, name := range names {
		found := false
		parser.Inspect(below, func(node parser.Node, _ []parser.Node) error {
			if v, ok := node.(*parser.VectorSelector); ok {
				found = found || hasLabel(m.matching(labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, v.Name)), name)
			}
			return nil
		})
		if !found {
			t.Errorf("%s: nothing in it has the label %s", below, name)
		}
	}
}

func hasLabel(series []*oneSeries, name string) bool {
	return slices.ContainsFunc(series, func(s *oneSeries) bool { return s.labels.Has(name) })
}

func promValues(result []promSample) (values []float64) {
	for _, s := range result {
		values = append(values, s.F)
	}
	return values
}

// panelExpressions are those of the dashboards, with Grafana's variables filled in.
func panelExpressions(t *testing.T) (all []expression) {
	t.Helper()
	files, err := filepath.Glob("../../grafana/dashboards/*.json")
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h", "$broker", ".*", "$source", ".*")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var dashboard struct {
			Panels []struct {
				Title   string
				Targets []struct{ RefID, Expr, LegendFormat string }
			}
		}
		if err := json.Unmarshal(text, &dashboard); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, panel := range dashboard.Panels {
			for _, target := range panel.Targets {
				if target.Expr != "" {
					all = append(all, expression{
						where: fmt.Sprintf("%s: %s %s", filepath.Base(file), panel.Title, target.RefID),
						text:  filled.Replace(target.Expr), legend: target.LegendFormat, panel: true,
					})
				}
			}
		}
	}
	return all
}
