package check_test

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"
	"go.yaml.in/yaml/v3"
)

type promSample = promql.Sample

// trial is a file of promtool's unit tests, as far as it is used here.
type trial struct {
	RuleFiles []string       `yaml:"rule_files"`
	Every     model.Duration `yaml:"evaluation_interval"`
	Tests     []struct {
		Name     string         `yaml:"name"`
		Interval model.Duration `yaml:"interval"`
		Series   []struct {
			Series string `yaml:"series"`
			Values string `yaml:"values"`
		} `yaml:"input_series"`
		Alerts []struct {
			At       model.Duration `yaml:"eval_time"`
			Name     string         `yaml:"alertname"`
			Expected []expected     `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	} `yaml:"tests"`
}

type expected struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

// Every alert fires when it should, with the text that it should have, and is
// silent when it should be.
func TestAlerts(t *testing.T) {
	all := rules(t)
	fired, silent := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("../tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no trials of alerts: %v", err)
	}
	for _, file := range files {
		var tried trial
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(strings.NewReader(string(text)))
		dec.KnownFields(true)
		if err := dec.Decode(&tried); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, one := range tried.Tests {
			t.Run(one.Name, func(t *testing.T) {
				for _, alert := range one.Alerts {
					m := newMemory()
					for _, s := range one.Series {
						m.described(t, s.Series+" "+s.Values, time.Duration(one.Interval))
					}
					got := m.firing(t, all, alert.Name, time.Duration(tried.Every), time.Duration(alert.At))
					want := alert.Expected
					for i := range want {
						want[i].Labels["alertname"] = alert.Name
					}
					order(got)
					order(want)
					if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
						t.Errorf("%s at %s (-want +got):\n%s", alert.Name, alert.At, diff)
					}
					fired[alert.Name] = fired[alert.Name] || len(got) > 0
					silent[alert.Name] = silent[alert.Name] || len(got) == 0
				}
			})
		}
	}
	for _, rule := range all {
		if rule.Alert != "" && (!fired[rule.Alert] || !silent[rule.Alert]) {
			t.Errorf("%s: seen to fire: %v, seen to be silent: %v", rule.Alert, fired[rule.Alert], silent[rule.Alert])
		}
	}
}

var epoch = time.Unix(0, 0).UTC()

func (m *memory) described(t *testing.T, series string, every time.Duration) {
	t.Helper()
	l, values, err := promQL.ParseSeriesDesc(series)
	if err != nil {
		t.Fatalf("%s: %v", series, err)
	}
	for i, v := range values {
		if !v.Omitted {
			m.add(l, epoch.Add(time.Duration(i)*every), v.Value)
		}
	}
}

// firing evaluates the rules as Prometheus does, from the beginning on, and gives
// the alerts of one name that fire at a time: those that held for long enough.
func (m *memory) firing(t *testing.T, all []rulefmt.Rule, name string, every, at time.Duration) []expected {
	t.Helper()
	i := slices.IndexFunc(all, func(r rulefmt.Rule) bool { return r.Alert == name })
	if i < 0 {
		t.Fatalf("there is no alert %s", name)
	}
	rule := all[i]
	since := map[string]time.Time{}
	var now []expected
	for moment := epoch; !moment.After(epoch.Add(at)); moment = moment.Add(every) {
		m.record(t, all, moment)
		active := map[string]time.Time{}
		now = nil
		for _, s := range m.ask(t, rule.Expr, moment) {
			l := labels.NewBuilder(s.Metric).Del(labels.MetricName).Labels()
			began, before := since[l.String()]
			if !before {
				began = moment
			}
			active[l.String()] = began
			if moment.Sub(began) < time.Duration(rule.For) {
				continue
			}
			one := expected{Labels: l.Map(), Annotations: map[string]string{}}
			one.Labels["alertname"] = name
			maps.Copy(one.Labels, rule.Labels)
			for key, text := range rule.Annotations {
				one.Annotations[key] = expand(t, text, l, s.F, moment)
			}
			now = append(now, one)
		}
		since = active
	}
	return now
}

func expand(t *testing.T, text string, l labels.Labels, value float64, at time.Time) string {
	t.Helper()
	data := template.AlertTemplateData(l.Map(), nil, "", promql.Sample{F: value})
	e := template.NewTemplateExpander(t.Context(), "{{$labels := .Labels}}{{$value := .Value}}"+text, "annotation", data,
		model.TimeFromUnixNano(at.UnixNano()), nil, &url.URL{}, nil)
	out, err := e.Expand()
	if err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return out
}

func order(all []expected) {
	key := func(e expected) string { return labels.FromMap(e.Labels).String() }
	slices.SortFunc(all, func(a, b expected) int { return strings.Compare(key(a), key(b)) })
}
