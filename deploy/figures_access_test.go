package deploy_test

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
	_ "time/tzdata"
)

// accessed is what the tables of views have in common.
func accessed(g group) []any {
	v := g.only(viewed)
	return []any{v.visits(viewed), v.distinct(patientOf), v.distinct(userOf), len(v.records)}
}

func sourcesOf(r *kept) []string { return []string{r.Source} }

// asker is who is behind a group: name, role and organisation.
func (g group) asker() []any {
	return []any{g.greatest(func(r *kept) string { return r.UserName }), g.greatest(func(r *kept) string { return r.RoleName }), g.greatest(orgOf)}
}

var london, _ = time.LoadLocation("Europe/London")

func categoriesOf(r *kept) []string { return slices.Sorted(maps.Keys(r.Categories)) }

func sum(a asked, of func(*kept) int) (n int) {
	for _, r := range a.records {
		n += of(r)
	}
	return n
}

var accessFigures = map[string]figure{
	"Visits":        func(a asked) [][]string { return [][]string{line(a.visits(viewed))} },
	"Patients":      func(a asked) [][]string { return [][]string{line(a.only(viewed).distinct(patientOf))} },
	"Professionals": func(a asked) [][]string { return [][]string{line(a.only(viewed).distinct(userOf))} },
	"Visits refused altogether": func(a asked) [][]string {
		return [][]string{line(a.altogether())}
	},
	"Requests shown":   func(a asked) [][]string { return [][]string{line(a.count(viewed))} },
	"Requests refused": func(a asked) [][]string { return [][]string{line(a.count(refused))} },
	"Requests failed":  func(a asked) [][]string { return [][]string{line(a.count(failed))} },
	"Visits by day": func(a asked) [][]string {
		return table(a.by(one(dayOf)), func(g group) []string {
			ended := g.visits(func(r *kept) bool { return judged(r) || failed(r) })
			return line(g.key[0], g.visits(viewed), g.altogether(), ended-g.visits(judged))
		}, "0")
	},
	"Visits by source": func(a asked) [][]string {
		key := one(func(r *kept) string { return r.Source }, func(r *kept) string { return r.SourceOrg })
		return table(a.only(viewed).by(key), func(g group) []string {
			return line(append([]any{g.key[0], g.key[1]}, accessed(g)...)...)
		}, "-2", "0", "1")
	},
	"Visits by the professional's organisation": func(a asked) [][]string {
		return table(a.only(viewed).by(one(orgOf)), func(g group) []string {
			name := g.greatest(func(r *kept) string { return r.UserOrgName })
			return line(append([]any{g.key[0], name}, accessed(g)...)...)
		}, "-2", "0")
	},
	"Visits by role": func(a asked) [][]string {
		return table(a.only(viewed).by(one(func(r *kept) string { return r.RoleCode })), func(g group) []string {
			name := g.greatest(func(r *kept) string { return r.RoleName })
			return line(append([]any{g.key[0], name}, accessed(g)...)...)
		}, "-2", "0")
	},
	"Visits by rule": func(a asked) [][]string {
		return table(a.only(viewed).by(each(func(r *kept) []string { return r.Rules })), func(g group) []string {
			return line(append([]any{g.key[0]}, accessed(g)...)...)
		}, "-1", "0")
	},
	"What was shown": func(a asked) [][]string {
		return table(a.only(viewed).by(each(categoriesOf)), func(g group) []string {
			return line(g.key[0], g.visits(viewed), g.distinct(patientOf), sum(g.asked, func(r *kept) int { return r.Categories[g.key[0]] }))
		}, "-1", "-3", "0")
	},
	"Visits by hour of the day": func(a asked) [][]string {
		hour := func(r *kept) string { return strings.TrimPrefix(r.TimeIn.In(london).Format("15"), "0") }
		return table(a.only(viewed).by(one(hour)), func(g group) []string {
			h := g.key[0]
			if h == "" {
				h = "0"
			}
			return line(h, g.visits(viewed), g.distinct(patientOf), g.distinct(userOf))
		}, "0")
	},
	"Professionals who viewed the most patients": func(a asked) [][]string {
		named := a.only(viewed).only(func(r *kept) bool { return r.UserID != "" })
		return first(table(named.by(one(userOf)), func(g group) []string {
			return line(g.key[0], g.greatest(func(r *kept) string { return r.UserName }), g.greatest(func(r *kept) string { return r.RoleName }), g.greatest(orgOf),
				g.distinct(patientOf), g.visits(viewed), len(g.records), g.latest())
		}, "-4", "-5", "0"), 50)
	},
	"Patients' answers by day": func(a asked) [][]string {
		yes, no, withdrawn := acted("record-permission"), acted("record-refusal"), acted("withdraw")
		answers := a.only(func(r *kept) bool { return yes(r) || no(r) || withdrawn(r) })
		return table(answers.by(one(dayOf)), func(g group) []string {
			return line(g.key[0], g.count(yes), g.count(no), g.count(withdrawn))
		}, "0")
	},
	"Patients' answers by organisation": func(a asked) [][]string {
		yes, no := acted("record-permission"), acted("record-refusal")
		groups := a.only(func(r *kept) bool { return yes(r) || no(r) }).by(one(orgOf))
		sort.SliceStable(groups, func(i, j int) bool {
			if len(groups[i].records) != len(groups[j].records) {
				return len(groups[i].records) > len(groups[j].records)
			}
			return groups[i].key[0] < groups[j].key[0]
		})
		return table(groups, func(g group) []string {
			return line(g.key[0], g.count(yes), g.count(no), share(g.count(yes), len(g.records)))
		})
	},
	"Latest visits": func(a asked) [][]string {
		return a.only(viewed).latestVisits(viewed, func(g group) []any {
			return append(g.asker(), collected(g.asked, sourcesOf), collected(g.asked, categoriesOf),
				collected(g.asked, func(r *kept) []string { return r.Rules }), len(g.records))
		})
	},
	"Who looked at the trail": func(a asked) [][]string {
		return a.only(looked).latestBy(one(visitOf, userOf, actionOf), looked, func(g group) []any {
			parts := g.only(func(r *kept) bool { return r.SourceOrg != "" })
			return append(g.asker(), g.key[2], collected(parts, func(r *kept) []string { return []string{r.SourceOrg} }))
		})
	},
}
