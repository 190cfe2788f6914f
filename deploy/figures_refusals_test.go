package deploy_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

func withheldOf(r *kept) []string { return slices.Sorted(maps.Keys(r.Withheld)) }
func sourceOf(r *kept) string     { return r.Source }

// uniqueReasons are the first reasons of a group, sorted.
func uniqueReasons(a asked) string {
	seen := map[string]bool{}
	for _, r := range a.records {
		seen[reasonOf(r)] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(seen)), ", ")
}

var refusalFigures = map[string]figure{
	"Requests refused":          func(a asked) [][]string { return [][]string{line(a.count(refused))} },
	"Visits refused altogether": func(a asked) [][]string { return [][]string{line(a.altogether())} },
	"Visits refused in part": func(a asked) [][]string {
		n := 0
		for _, g := range a.by(one(visitOf)) {
			if g.count(viewed) > 0 && g.count(refused) > 0 {
				n++
			}
		}
		return [][]string{line(n)}
	},
	"Share refused altogether": func(a asked) [][]string {
		if a.count(judged) == 0 {
			return [][]string{line(0)}
		}
		return [][]string{line(share(a.altogether(), a.visits(judged)))}
	},
	"Professionals refused altogether": func(a asked) [][]string {
		seen := map[string]bool{}
		for _, g := range a.only(judged).by(one(visitOf, userOf)) {
			if g.key[1] != "" && g.count(viewed) == 0 {
				seen[g.key[1]] = true
			}
		}
		return [][]string{line(len(seen))}
	},
	"Patients who opted out": func(a asked) [][]string {
		return [][]string{line(a.only(refused).only(because("opted-out")).distinct(patientOf))}
	},
	"Requests refused undecided": func(a asked) [][]string {
		return [][]string{line(a.count(func(r *kept) bool { return r.Outcome == "refused" && r.Effect == "" }))}
	},
	"Visits with items withheld": func(a asked) [][]string {
		return [][]string{line(a.visits(func(r *kept) bool { return viewed(r) && len(r.Withheld) > 0 }))}
	},
	"Visits refused altogether, by day and reason": func(a asked) [][]string {
		var barren []*kept
		for _, g := range a.only(judged).by(one(dayOf, visitOf)) {
			if g.count(viewed) == 0 {
				barren = append(barren, g.records...)
			}
		}
		return table(asked{records: barren}.by(one(dayOf, reasonOf)), func(g group) []string {
			return line(g.key[0], g.key[1], g.visits(everything))
		}, "0", "1")
	},
	"Reasons": func(a asked) [][]string {
		return a.refusals(each(func(r *kept) []string { return r.Reasons }), visitOf, 1)
	},
	"What was withheld, and why": func(a asked) [][]string {
		return table(a.by(each(withheldOf)), func(g group) []string {
			return line(g.key[0], g.visits(everything), g.distinct(patientOf), sum(g.asked, func(r *kept) int { return r.Withheld[g.key[0]] }))
		}, "-1", "-3", "0")
	},
	"By organisation and reason": func(a asked) [][]string {
		return first(a.refusals(one(orgOf, reasonOf), visitOf, 2), 200)
	},
	"By source and reason": func(a asked) [][]string {
		there := func(r *kept) string { return visitOf(r) + " at " + r.Source }
		return first(a.refusals(one(sourceOf, reasonOf), there, 2), 200)
	},
	"Professionals refused most": func(a asked) [][]string {
		named := a.only(judged).only(func(r *kept) bool { return r.UserID != "" }).by(one(userOf))
		named = slices.DeleteFunc(named, func(g group) bool { return g.count(refused) == 0 })
		return first(table(named, func(g group) []string {
			no := g.only(refused)
			return line(append(append([]any{g.key[0]}, g.asker()...), g.distinct(patientOf)-g.only(viewed).distinct(patientOf),
				no.distinct(patientOf), g.visits(refused), len(no.records), uniqueReasons(no), no.latest())...)
		}, "-4", "-5", "-6", "0"), 50)
	},
	"Did asking the patient help?": askingHelped,
	"Refused for too many patients": func(a asked) [][]string {
		many := a.only(func(r *kept) bool { return r.Outcome == "refused" }).only(because("too-many-requests")).only(alert)
		return first(table(many.by(one(userOf)), func(g group) []string {
			return line(g.key[0], g.greatest(func(r *kept) string { return r.UserName }), g.greatest(orgOf),
				g.distinct(patientOf), g.visits(everything), len(g.records), g.earliest(), g.latest())
		}, "-3", "-4", "0"), 50)
	},
	"Latest visits with a refusal": func(a asked) [][]string {
		return a.only(judged).latestVisits(refused, func(g group) []any {
			no := g.only(refused)
			return append(g.asker(), collected(no, sourcesOf), collected(no, func(r *kept) []string { return r.Reasons }),
				map[bool]string{true: "yes", false: "no"}[g.count(viewed) > 0], len(no.records))
		})
	},
}

// refusals is what the tables of reasons have in common. Refused altogether is
// what was refused something while nothing was shown within the same.
func (a asked) refusals(keys func(*kept) [][]string, within func(*kept) string, n int) [][]string {
	shown := map[string]bool{}
	for _, r := range a.only(viewed).records {
		shown[within(r)] = true
	}
	return table(a.only(refused).by(keys), func(g group) []string {
		cells := []any{}
		for _, key := range g.key {
			cells = append(cells, key)
		}
		return line(append(cells, g.visits(everything), g.visits(func(r *kept) bool { return !shown[within(r)] }),
			g.distinct(patientOf), g.distinct(userOf), len(g.records))...)
	}, fmt.Sprint(-n-1), fmt.Sprint(-n), "0", "1")
}

func askingHelped(a asked) [][]string {
	pairs := a.only(func(r *kept) bool { return r.UserID != "" && r.PatientHMAC != "" }).by(one(userOf, patientOf))
	lacked, minutes := 0, []int64{}
	for _, g := range pairs {
		var no, later time.Time
		for _, v := range g.by(one(visitOf)) {
			for _, r := range v.only(refused).only(because("permission-needed")).records {
				if v.count(viewed) == 0 && (no.IsZero() || r.TimeIn.Before(no)) {
					no = r.TimeIn
				}
			}
		}
		if no.IsZero() {
			continue
		}
		lacked++
		for _, v := range g.only(viewed).by(one(visitOf)) {
			if at := v.began(); at.After(no) && (later.IsZero() || at.Before(later)) {
				later = at
			}
		}
		if !later.IsZero() {
			minutes = append(minutes, later.Unix()-no.Unix())
		}
	}
	median := 0.0
	if len(minutes) > 0 {
		median = math.RoundToEven(float64(quantile(minutes, 0.5))/60*10) / 10
	}
	return [][]string{line(lacked, len(minutes), median)}
}
