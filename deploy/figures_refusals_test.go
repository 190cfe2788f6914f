package deploy_test

import (
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
	"Refused views": func(a asked) [][]string { return [][]string{line(a.count(refused))} },
	"Share refused": func(a asked) [][]string {
		no, yes := a.count(refused), a.count(viewed)
		if no+yes == 0 {
			return [][]string{line(0)}
		}
		return [][]string{line(share(no, no+yes))}
	},
	"Professionals refused": func(a asked) [][]string { return [][]string{line(a.only(refused).distinct(userOf))} },
	"Patients who opted out": func(a asked) [][]string {
		return [][]string{line(a.only(refused).only(because("opted-out")).distinct(patientOf))}
	},
	"Refused undecided": func(a asked) [][]string {
		return [][]string{line(a.count(func(r *kept) bool { return r.Outcome == "refused" && r.Effect == "" }))}
	},
	"Views cut": func(a asked) [][]string {
		return [][]string{line(a.count(func(r *kept) bool { return viewed(r) && len(r.Withheld) > 0 }))}
	},
	"Refusals by day and reason": func(a asked) [][]string {
		return table(a.only(refused).by(one(dayOf, reasonOf)), func(g group) []string {
			return line(g.key[0], g.key[1], len(g.records))
		}, "0", "1")
	},
	"Reasons": func(a asked) [][]string {
		return table(a.only(refused).by(each(func(r *kept) []string { return r.Reasons })), func(g group) []string {
			return line(g.key[0], len(g.records), g.distinct(patientOf), g.distinct(userOf), g.distinct(orgOf))
		}, "-1", "0")
	},
	"What was withheld, and why": func(a asked) [][]string {
		return table(a.by(each(withheldOf)), func(g group) []string {
			return line(g.key[0], len(g.records), sum(g.asked, func(r *kept) int { return r.Withheld[g.key[0]] }))
		}, "-2", "0")
	},
	"By organisation and reason": func(a asked) [][]string {
		return first(table(a.only(refused).by(one(orgOf, reasonOf)), func(g group) []string {
			return line(g.key[0], g.key[1], len(g.records), g.distinct(userOf))
		}, "-2", "0", "1"), 200)
	},
	"By source and reason": func(a asked) [][]string {
		return first(table(a.only(refused).by(one(sourceOf, reasonOf)), func(g group) []string {
			return line(g.key[0], g.key[1], len(g.records), g.distinct(patientOf))
		}, "-2", "0", "1"), 200)
	},
	"Professionals refused most": func(a asked) [][]string {
		named := a.only(refused).only(func(r *kept) bool { return r.UserID != "" })
		return first(table(named.by(one(userOf)), func(g group) []string {
			return line(g.key[0], g.greatest(func(r *kept) string { return r.UserName }), g.greatest(func(r *kept) string { return r.RoleName }), g.greatest(orgOf),
				g.distinct(patientOf), len(g.records), uniqueReasons(g.asked), g.latest())
		}, "-4", "-5", "0"), 50)
	},
	"Did asking the patient help?": askingHelped,
	"Refused for too many patients": func(a asked) [][]string {
		many := a.only(func(r *kept) bool { return r.Outcome == "refused" }).only(because("too-many-requests"))
		return first(table(many.by(one(userOf)), func(g group) []string {
			return line(g.key[0], g.greatest(func(r *kept) string { return r.UserName }), g.greatest(orgOf),
				len(g.records), g.distinct(patientOf), g.earliest(), g.latest())
		}, "-3", "0"), 50)
	},
	"Latest refusals": func(a asked) [][]string {
		return a.only(refused).newest(100, func(r *kept) []string {
			return line(r.TimeIn, r.UserName, r.RoleName, r.UserOrg, r.Source, r.ResourceType, strings.Join(r.Reasons, ", "), r.Status, r.ID)
		})
	},
}

func askingHelped(a asked) [][]string {
	pairs := a.only(func(r *kept) bool { return r.UserID != "" && r.PatientHMAC != "" }).by(one(userOf, patientOf))
	lacked, minutes := 0, []int64{}
	for _, g := range pairs {
		var no, later time.Time
		for _, r := range g.only(refused).only(because("permission-needed")).records {
			if no.IsZero() || r.TimeIn.Before(no) {
				no = r.TimeIn
			}
		}
		if no.IsZero() {
			continue
		}
		lacked++
		for _, r := range g.only(viewed).records {
			if r.TimeIn.After(no) && (later.IsZero() || r.TimeIn.Before(later)) {
				later = r.TimeIn
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
