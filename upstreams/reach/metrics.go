package reach

import "github.com/prometheus/client_golang/prometheus"

// The counters live as long as the process.
var (
	answersTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "source_answers_total",
		Help: "Answers of a source to the broker's questions, by source and the address that answered.",
	}, []string{"source", "address"})
	failuresTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "source_failures_total",
		Help: "Questions to a source that an address did not answer: not dialled, broken off before a header, or too slow.",
	}, []string{"source", "address"})
	unaskedTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Name: "source_unasked_total",
		Help: "Connections to a source that were closed since something came on them that nobody asked for, by source.",
	}, []string{"source"})
	passedBy = prometheus.NewDesc("mcr_source_address_passed_by",
		"1 while an address of a source is passed by, since it did not answer or is not well.", []string{"source", "address"}, nil)
)

// Collectors gives the package's metrics, to be registered once a registry. now gives the
// addresses that are in use.
func Collectors(now func() []*Addresses) []prometheus.Collector {
	return []prometheus.Collector{answersTotal, failuresTotal, unaskedTotal, standing(now)}
}

// Unasked counts a connection to a source on which something came that nobody asked for.
func Unasked(source string) { unaskedTotal.WithLabelValues(source).Inc() }

// standing says how it stands with each address.
type standing func() []*Addresses

// Describe makes it a prometheus.Collector.
func (standing) Describe(all chan<- *prometheus.Desc) { all <- passedBy }

// Collect gives the values of now. A source may have several brokers, each of which finds out
// for itself.
func (s standing) Collect(all chan<- prometheus.Metric) {
	values := map[[2]string]float64{}
	for _, a := range s() {
		for _, host := range a.Hosts() {
			values[[2]string{a.Source(), host}] += 0
		}
		for _, host := range a.PassedBy() {
			values[[2]string{a.Source(), host}] = 1
		}
	}
	for at, value := range values {
		all <- prometheus.MustNewConstMetric(passedBy, prometheus.GaugeValue, value, at[0], at[1])
	}
}
