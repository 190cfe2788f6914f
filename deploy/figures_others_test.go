package deploy_test

import (
	"strings"
	"time"
)

var emergencyFigures = map[string]figure{
	"Emergencies declared":   func(a asked) [][]string { return [][]string{line(a.count(declared))} },
	"Visits in an emergency": func(a asked) [][]string { return [][]string{line(a.visits(inNeed))} },
	"Patients":               func(a asked) [][]string { return [][]string{line(a.only(inNeed).distinct(patientOf))} },
	"Professionals":          func(a asked) [][]string { return [][]string{line(a.only(declared).distinct(userOf))} },
	"Declarations refused": func(a asked) [][]string {
		return [][]string{line(a.count(refusedDeclaration))}
	},
	"Visits with an alert": func(a asked) [][]string { return [][]string{line(a.visits(alert))} },
	"Emergencies by day": func(a asked) [][]string {
		related := a.only(func(r *kept) bool { return r.Action == "declare-emergency" || r.Emergency != "" })
		return table(related.by(one(dayOf)), func(g group) []string {
			return line(g.key[0], g.count(declared), g.visits(inNeed))
		}, "0")
	},
	"Every emergency": func(a asked) [][]string {
		groups := a.only(func(r *kept) bool { return r.Emergency != "" && r.Outcome == "released" }).by(one(func(r *kept) string { return r.Emergency }))
		var rows [][]string
		for _, g := range groups {
			d := g.only(declared)
			if len(d.records) != 1 {
				continue
			}
			r, sources := d.records[0], map[string]bool{}
			for _, v := range g.only(viewed).records {
				sources[v.Source] = true
			}
			rows = append(rows, line(r.TimeIn, r.UserName, r.RoleName, r.UserOrg, r.EmergencyReason,
				g.visits(viewed), g.count(viewed), joined(sources), g.latest(), g.key[0]))
		}
		return first(ordered(rows, "-0", "9"), 200)
	},
	"By organisation and role": func(a asked) [][]string {
		return table(a.only(declared).by(one(orgOf, func(r *kept) string { return r.RoleCode })), func(g group) []string {
			return line(g.key[0], g.key[1], g.greatest(func(r *kept) string { return r.RoleName }), len(g.records), g.distinct(userOf))
		}, "-3", "0", "1")
	},
	"Declarations refused, by reason": func(a asked) [][]string {
		return table(a.only(refusedDeclaration).by(one(reasonOf)), func(g group) []string {
			return line(g.key[0], len(g.records), g.distinct(userOf))
		}, "-1", "0")
	},
	"Alerts for the privacy officer": func(a asked) [][]string {
		return a.only(alert).latestVisits(alert, func(g group) []any {
			return []any{g.greatest(func(r *kept) string { return r.UserName }), g.greatest(orgOf), collected(g.asked, sourcesOf),
				collected(g.asked, func(r *kept) []string { return []string{r.Action} }),
				collected(g.asked, func(r *kept) []string { return []string{string(r.Outcome)} }),
				collected(g.asked, func(r *kept) []string { return r.Reasons }), len(g.records)}
		})
	},
}

func refusedDeclaration(r *kept) bool {
	return r.Action == "declare-emergency" && r.Outcome == "refused"
}
func alert(r *kept) bool         { return r.Alert }
func revisionOf(r *kept) string  { return r.Revision }
func digestOf(r *kept) string    { return r.Digest }
func brokerOf(r *kept) string    { return r.Broker }
func effect(e string) test       { return func(r *kept) bool { return r.Effect == e } }
func short(digest string) string { return digest[:min(12, len(digest))] }

func joined(set map[string]bool) string {
	var rows [][]string
	for name := range set {
		rows = append(rows, []string{name})
	}
	var names []string
	for _, row := range ordered(rows, "0") {
		names = append(names, row[0])
	}
	return strings.Join(names, ", ")
}

var policyFigures = map[string]figure{
	"Revisions in use": func(a asked) [][]string { return [][]string{line(a.distinct(revisionOf))} },
	"Visits decided":   func(a asked) [][]string { return [][]string{line(a.visits(decided))} },
	"Visits that could not be decided": func(a asked) [][]string {
		return [][]string{line(a.visits(effect("indeterminate")))}
	},
	"Names with two contents": func(a asked) [][]string {
		n := 0
		for _, g := range a.only(decided).by(one(revisionOf)) {
			if len(g.by(one(digestOf))) > 1 {
				n++
			}
		}
		return [][]string{line(n)}
	},
	"Visits by day and revision": func(a asked) [][]string {
		return table(a.only(decided).by(one(dayOf, revisionOf)), func(g group) []string {
			return line(g.key[0], g.key[1], g.visits(everything))
		}, "0", "1")
	},
	"Revisions": func(a asked) [][]string {
		return table(a.only(decided).by(one(revisionOf, digestOf)), func(g group) []string {
			n := g.visits(everything)
			nothing := n - g.visits(effect("permit"))
			return line(g.key[0], short(g.key[1]), g.earliest(), g.latest(), n, nothing, share(nothing, n),
				len(g.records), g.count(effect("permit")), g.count(effect("deny")), g.count(effect("indeterminate")), len(g.by(one(brokerOf))))
		}, "2", "0", "1")
	},
	"Rules by revision": func(a asked) [][]string {
		return table(a.only(decided).by(withRevision(func(r *kept) []string { return r.Rules })), func(g group) []string {
			return line(g.key[0], g.key[1], g.visits(everything), len(g.records))
		}, "0", "-2", "1")
	},
	"Reasons by revision": func(a asked) [][]string {
		return table(a.only(decided).by(withRevision(func(r *kept) []string { return r.Reasons })), func(g group) []string {
			return line(g.key[0], g.key[1], g.visits(everything), len(g.records))
		}, "0", "-2", "1")
	},
	"Which broker decides by which revision": func(a asked) [][]string {
		return table(a.only(decided).by(one(brokerOf)), func(g group) []string {
			row := g.newest(1, func(r *kept) []string { return line(r.Broker, r.Revision, short(r.Digest), r.TimeIn) })
			return row[0]
		}, "0")
	},
}

func withRevision(of func(*kept) []string) func(*kept) [][]string {
	return func(r *kept) (keys [][]string) {
		for _, text := range of(r) {
			keys = append(keys, []string{r.Revision, text})
		}
		return keys
	}
}

func arrived(r *kept) bool { return r.delivered.Unix() > 0 }

func (a asked) delays() (milliseconds []int64) {
	for _, r := range a.records {
		milliseconds = append(milliseconds, r.delivered.UnixMilli()-r.TimeIn.UnixMilli())
	}
	return milliseconds
}

func (a asked) intervalOf(r *kept) string {
	return r.TimeIn.UTC().Truncate(a.interval).Format(time.DateTime)
}

func stepsOf(r *kept) map[string]int64 {
	return map[string]int64{"parse": r.Spent.Parse, "token": r.Spent.Token, "gather": r.Spent.Gather,
		"decide": r.Spent.Decide, "fetch": r.Spent.Fetch, "filter": r.Spent.Filter}
}

func milli(micros []int64, level float64) float64 { return float64(quantile(micros, level)) / 1000 }

var healthFigures = map[string]figure{
	"Records":         func(a asked) [][]string { return [][]string{line(len(a.records))} },
	"Requests failed": func(a asked) [][]string { return [][]string{line(a.count(failed))} },
	"Delay, half of the records": func(a asked) [][]string {
		d := a.only(arrived).delays()
		if len(d) == 0 {
			return [][]string{line(0)}
		}
		return [][]string{line(milli(d, 0.5))}
	},
	"Delay, the slowest": func(a asked) [][]string {
		d := a.only(arrived).delays()
		if len(d) == 0 {
			return [][]string{line(0)}
		}
		return [][]string{line(milli(d, 1))}
	},
	"Delay of delivery": func(a asked) [][]string {
		return table(a.only(arrived).by(one(a.intervalOf)), func(g group) []string {
			return line(g.key[0], milli(g.delays(), 0.5), milli(g.delays(), 1))
		}, "0")
	},
	"Requests by outcome": func(a asked) [][]string {
		return table(a.by(one(a.intervalOf, func(r *kept) string { return string(r.Outcome) })), func(g group) []string {
			return line(g.key[0], g.key[1], len(g.records))
		}, "0", "1")
	},
	"Brokers": func(a asked) [][]string {
		return table(a.by(one(brokerOf)), func(g group) []string {
			low, high, last := g.records[0].Sequence, uint64(0), time.Time{}
			for _, r := range g.records {
				low, high = min(low, r.Sequence), max(high, r.Sequence)
				if r.delivered.After(last) {
					last = r.delivered
				}
			}
			n := len(g.records)
			return line(g.key[0], n, low, high, int(high-low)+1-n, g.latest(), last.Truncate(time.Second))
		}, "0")
	},
	"Failures by source and reason": func(a asked) [][]string {
		return table(a.only(failed).by(one(sourceOf, reasonOf)), func(g group) []string {
			return line(g.key[0], g.key[1], len(g.records), g.latest())
		}, "-2", "0", "1")
	},
	"Where the time goes": func(a asked) [][]string {
		steps := func(r *kept) (keys [][]string) {
			for name, micros := range stepsOf(r) {
				if micros > 0 {
					keys = append(keys, []string{name})
				}
			}
			return keys
		}
		return table(a.by(steps), func(g group) []string {
			var micros []int64
			for _, r := range g.records {
				micros = append(micros, stepsOf(r)[g.key[0]])
			}
			return line(g.key[0], len(micros), milli(micros, 0.5), milli(micros, 0.95))
		}, "0")
	},
	"How long sources take": func(a asked) [][]string {
		return table(a.only(func(r *kept) bool { return r.Spent.Fetch > 0 }).by(one(sourceOf)), func(g group) []string {
			var micros []int64
			for _, r := range g.records {
				micros = append(micros, r.Spent.Fetch)
			}
			return line(g.key[0], len(micros), milli(micros, 0.5), milli(micros, 0.95))
		}, "-2", "0")
	},
}

// figures are those of every SQL panel, by dashboard and title.
var figures = map[string]map[string]figure{
	"access": accessFigures, "refusals-and-reasons": refusalFigures, "emergency": emergencyFigures,
	"policy-revisions": policyFigures, "delivery-and-health": healthFigures,
}
