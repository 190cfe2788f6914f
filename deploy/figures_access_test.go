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
	return []any{len(v.records), v.distinctVisits(), v.distinct(patientOf), v.distinct(userOf)}
}

func (a asked) distinctVisits() int { return a.distinct(visitOf) }

var london, _ = time.LoadLocation("Europe/London")

func categoriesOf(r *kept) []string { return slices.Sorted(maps.Keys(r.Categories)) }

func sum(a asked, of func(*kept) int) (n int) {
	for _, r := range a.records {
		n += of(r)
	}
	return n
}

var accessFigures = map[string]figure{
	"Views":         func(a asked) [][]string { return [][]string{line(a.count(viewed))} },
	"Visits":        func(a asked) [][]string { return [][]string{line(a.only(viewed).distinctVisits())} },
	"Patients":      func(a asked) [][]string { return [][]string{line(a.only(viewed).distinct(patientOf))} },
	"Professionals": func(a asked) [][]string { return [][]string{line(a.only(viewed).distinct(userOf))} },
	"Refused views": func(a asked) [][]string { return [][]string{line(a.count(refused))} },
	"Failures":      func(a asked) [][]string { return [][]string{line(a.count(failed))} },
	"Views and refusals by day": func(a asked) [][]string {
		return table(a.by(one(dayOf)), func(g group) []string {
			return line(g.key[0], g.count(viewed), g.count(refused), g.count(failed))
		}, "0")
	},
	"Views by source": func(a asked) [][]string {
		key := one(func(r *kept) string { return r.Source }, func(r *kept) string { return r.SourceOrg })
		return table(a.only(viewed).by(key), func(g group) []string {
			return line(append([]any{g.key[0], g.key[1]}, accessed(g)...)...)
		}, "-2", "0", "1")
	},
	"Views by the professional's organisation": func(a asked) [][]string {
		return table(a.only(viewed).by(one(orgOf)), func(g group) []string {
			name := g.greatest(func(r *kept) string { return r.UserOrgName })
			return line(append([]any{g.key[0], name}, accessed(g)...)...)
		}, "-2", "0")
	},
	"Views by role": func(a asked) [][]string {
		return table(a.only(viewed).by(one(func(r *kept) string { return r.RoleCode })), func(g group) []string {
			name := g.greatest(func(r *kept) string { return r.RoleName })
			return line(append([]any{g.key[0], name}, accessed(g)...)...)
		}, "-2", "0")
	},
	"Views by rule": func(a asked) [][]string {
		return table(a.only(viewed).by(each(func(r *kept) []string { return r.Rules })), func(g group) []string {
			return line(g.key[0], len(g.records), g.distinct(patientOf), g.distinct(userOf))
		}, "-1", "0")
	},
	"What was shown": func(a asked) [][]string {
		return table(a.only(viewed).by(each(categoriesOf)), func(g group) []string {
			return line(g.key[0], len(g.records), sum(g.asked, func(r *kept) int { return r.Categories[g.key[0]] }))
		}, "-2", "0")
	},
	"Views by hour of the day": func(a asked) [][]string {
		hour := func(r *kept) string { return strings.TrimPrefix(r.TimeIn.In(london).Format("15"), "0") }
		return table(a.only(viewed).by(one(hour)), func(g group) []string {
			h := g.key[0]
			if h == "" {
				h = "0"
			}
			return line(h, len(g.records), g.distinct(userOf))
		}, "0")
	},
	"Professionals who viewed the most patients": func(a asked) [][]string {
		named := a.only(viewed).only(func(r *kept) bool { return r.UserID != "" })
		return first(table(named.by(one(userOf)), func(g group) []string {
			return line(g.key[0], g.greatest(func(r *kept) string { return r.UserName }), g.greatest(func(r *kept) string { return r.RoleName }), g.greatest(orgOf),
				g.distinct(patientOf), g.distinctVisits(), len(g.records), g.latest())
		}, "-4", "-6", "0"), 50)
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
	"Latest views": func(a asked) [][]string {
		return a.only(viewed).newest(100, func(r *kept) []string {
			return line(r.TimeIn, r.UserName, r.RoleName, r.UserOrg, r.Source, r.ResourceType,
				strings.Join(categoriesOf(r), ", "), strings.Join(r.Rules, ", "), r.ID)
		})
	},
	"Who looked at the trail": func(a asked) [][]string {
		return a.only(looked).newest(100, func(r *kept) []string {
			return line(r.TimeIn, r.UserName, r.RoleName, r.UserOrg, r.Action, r.SourceOrg, r.ID)
		})
	},
}
