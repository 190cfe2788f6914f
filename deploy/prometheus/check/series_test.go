package check_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

var (
	promQL = parser.NewParser(parser.Options{})
	engine = promql.NewEngine(promql.EngineOpts{
		MaxSamples: 10_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		EnableAtModifier:         true, EnableNegativeOffset: true, Parser: promQL,
	})
)

// sample is one value at a time in milliseconds.
type sample struct {
	at    int64
	value float64
}

func (s sample) T() int64                      { return s.at }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Copy() chunks.Sample           { return s }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }

// memory holds series for the engine, as Prometheus's own storage would.
type memory struct {
	series map[string]*oneSeries
}

type oneSeries struct {
	labels  labels.Labels
	samples []chunks.Sample
}

func newMemory() *memory { return &memory{series: map[string]*oneSeries{}} }

func (m *memory) add(l labels.Labels, at time.Time, value float64) {
	key := l.String()
	if m.series[key] == nil {
		m.series[key] = &oneSeries{labels: l}
	}
	m.series[key].samples = append(m.series[key].samples, sample{at.UnixMilli(), value})
}

// scraped adds what a broker said on /metrics, with the labels that Prometheus
// gives to a target.
func (m *memory) scraped(t *testing.T, text []byte, instance string, at time.Time) {
	t.Helper()
	p, err := textparse.New(text, "text/plain; version=0.0.4", nil, textparse.ParserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	target := func(l labels.Labels) labels.Labels {
		return labels.NewBuilder(l).Set("job", "mcr").Set("instance", instance).Labels()
	}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("reading the metrics: %v", err)
		}
		if entry == textparse.EntrySeries {
			var l labels.Labels
			p.Labels(&l)
			_, _, value := p.Series()
			m.add(target(l), at, value)
		}
	}
	m.add(target(labels.FromStrings(labels.MetricName, "up")), at, 1)
}

func (m *memory) matching(matchers ...*labels.Matcher) []*oneSeries {
	var found []*oneSeries
	for _, s := range m.series {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.labels.Get(m.Name)) }) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b *oneSeries) int { return labels.Compare(a.labels, b.labels) })
	return found
}

// Querier implements storage.Queryable.
func (m *memory) Querier(mint, maxt int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		set := &seriesSet{}
		for _, s := range m.matching(matchers...) {
			var within []chunks.Sample
			for _, one := range s.samples {
				if one.T() >= mint && one.T() <= maxt {
					within = append(within, one)
				}
			}
			set.all = append(set.all, storage.NewListSeries(s.labels, within))
		}
		return set
	}}, nil
}

type seriesSet struct {
	all []storage.Series
	n   int
}

func (s *seriesSet) Next() bool                        { s.n++; return s.n <= len(s.all) }
func (s *seriesSet) At() storage.Series                { return s.all[s.n-1] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// ask evaluates an expression at a time.
func (m *memory) ask(t *testing.T, expr string, at time.Time) promql.Vector {
	t.Helper()
	q, err := engine.NewInstantQuery(t.Context(), m, nil, expr, at)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	result := q.Exec(context.WithoutCancel(t.Context()))
	if result.Err != nil {
		t.Fatalf("%s: %v", expr, result.Err)
	}
	switch v := result.Value.(type) {
	case promql.Vector:
		return slices.Clone(v)
	case promql.Scalar:
		return promql.Vector{{T: v.T, F: v.V}}
	default:
		t.Fatalf("%s gives a %s", expr, result.Value.Type())
		return nil
	}
}
