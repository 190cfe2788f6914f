package deploy_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// question is one of clickhouse/questions, with what is asked about and what the
// records say to it.
type question struct {
	with   map[string]string
	figure figure
}

var (
	since, until = begin.Add(10 * time.Hour), begin.Add(6 * 24 * time.Hour)
	period       = map[string]string{"since": since.Format(time.DateTime), "until": until.Format(time.DateTime)}
)

func inPeriod(r *kept) bool { return !r.TimeIn.Before(since) && r.TimeIn.Before(until) }

func and(more map[string]string) map[string]string {
	all := maps.Clone(period)
	maps.Copy(all, more)
	return all
}

// chronicle makes a row of each record, the oldest first.
func (a asked) chronicle(row func(*kept) []string) [][]string {
	rows := a.newest(len(a.records), row)
	slices.Reverse(rows)
	return rows
}

func list(of ...[]string) string {
	set := map[string]bool{}
	for _, some := range of {
		for _, one := range some {
			set[one] = true
		}
	}
	return joined(set)
}

func collected(a asked, of func(*kept) []string) string {
	var all [][]string
	for _, r := range a.records {
		all = append(all, of(r))
	}
	return list(all...)
}

func actionOf(r *kept) string  { return r.Action }
func outcomeOf(r *kept) string { return string(r.Outcome) }
func ended(o string) test      { return func(r *kept) bool { return outcomeOf(r) == o } }

func exactly(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000") }

var questions = map[string]question{
	"who-viewed-this-record": {and(map[string]string{"patient": patient(5)}), func(a asked) [][]string {
		seen := a.only(inPeriod).only(viewed).only(func(r *kept) bool { return r.PatientHMAC == patient(5) })
		groups := seen.by(one(userOf, visitOf))
		slices.SortFunc(groups, func(x, y group) int {
			return cmp.Or(x.records[0].TimeIn.Compare(y.records[0].TimeIn), cmp.Compare(x.key[0], y.key[0]))
		})
		return table(groups, func(g group) []string {
			r := g.records[0]
			return line(g.earliest(), g.latest(), r.UserName, r.RoleName, r.UserOrg, collected(g.asked, func(r *kept) []string { return []string{r.Source} }),
				collected(g.asked, categoriesOf), collected(g.asked, func(r *kept) []string { return r.Rules }))
		})
	}},
	"what-did-this-person-do": {and(map[string]string{"user": staff[1].id}), func(a asked) [][]string {
		return a.only(inPeriod).only(func(r *kept) bool { return r.UserID == staff[1].id }).
			sittings(one(visitOf, patientOf, actionOf), everything, func(g group) []any {
				emergencies := g.only(func(r *kept) bool { return r.Emergency != "" })
				return []any{g.key[2], g.count(ended("released")), g.count(ended("refused")), g.count(failed),
					collected(g.asked, func(r *kept) []string { return r.Reasons }), collected(g.asked, sourcesOf), g.key[1],
					collected(emergencies, func(r *kept) []string { return []string{r.Emergency} })}
			})
	}},
	"one-visit": {map[string]string{"record": oneOfMany}, func(a asked) [][]string {
		visits := map[string]bool{}
		for _, r := range a.only(func(r *kept) bool { return r.ID == oneOfMany }).records {
			visits[r.visit] = true
		}
		return a.only(func(r *kept) bool { return visits[r.visit] }).chronicle(func(r *kept) []string {
			return line(exactly(r.TimeIn)[:23], r.Source, string(r.Outcome), strings.Join(r.Reasons, ", "), r.ResourceType,
				strings.Join(categoriesOf(r), ", "), map[bool]string{true: "yes", false: "no"}[len(r.Withheld) > 0], r.TraceID, r.ID)
		})
	}},
	"single-looks-out-of-hours": {period, func(a asked) [][]string {
		pairs := a.only(inPeriod).only(viewed).only(func(r *kept) bool { return r.UserID != "" && r.PatientHMAC != "" }).by(one(userOf, patientOf))
		pairs = slices.DeleteFunc(pairs, func(g group) bool {
			at := g.records[0].TimeIn.In(london)
			working := at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && at.Hour() >= 7 && at.Hour() < 20
			return g.visits(everything) > 1 || working
		})
		return table(pairs, func(g group) []string {
			r := g.records[0]
			return line(g.key[0], r.UserName, r.RoleName, r.UserOrg, g.key[1], r.TimeIn)
		}, "5", "0", "4")
	}},
	"every-use-of-a-permission": {map[string]string{"permission": "perm-1"}, func(a asked) [][]string {
		return a.only(func(r *kept) bool { return r.Permission == "perm-1" }).
			sittings(one(visitOf, userOf, actionOf, outcomeOf), everything, func(g group) []any {
				r := g.records[0]
				return []any{g.key[2], g.key[3], r.UserName, r.UserOrg, collected(g.asked, sourcesOf), collected(g.asked, categoriesOf),
					len(g.records)}
			})
	}},
	"emergencies-to-look-into": {period, func(a asked) [][]string {
		groups := a.only(inPeriod).only(func(r *kept) bool { return r.Emergency != "" && r.Outcome == "released" }).by(one(func(r *kept) string { return r.Emergency }))
		return table(groups, func(g group) []string {
			d := kept{Record: g.records[0].Record}
			at := time.Unix(0, 0)
			if declarations := g.only(declared); len(declarations.records) > 0 {
				d, at = *declarations.records[0], declarations.records[0].TimeIn
			} else {
				copied := *d.Record
				d.Record = &copied
				d.UserName, d.RoleName, d.UserOrg, d.UserOrgName, d.EmergencyReason = "", "", "", "", ""
			}
			return line(g.key[0], at, d.UserName, d.RoleName, d.UserOrg, d.UserOrgName, d.EmergencyReason, g.visits(viewed), g.count(viewed), g.distinct(patientOf), g.latest())
		}, "1", "0")
	}},
	"opted-out-and-asked-for": {period, func(a asked) [][]string {
		var rows [][]string
		for _, g := range a.only(inPeriod).only(func(r *kept) bool { return r.PatientHMAC != "" }).by(one(patientOf)) {
			out := g.only(because("opted-out"))
			if len(out.records) == 0 {
				continue
			}
			from := out.records[0].TimeIn
			afterwards := g.visits(func(r *kept) bool {
				return viewed(r) && !slices.Contains(r.Rules, "own_record") && r.TimeIn.After(from)
			})
			rows = append(rows, line(g.key[0], out.visits(everything), from, afterwards))
		}
		return ordered(rows, "-1", "0")
	}},
	"decided-by-this-revision": {map[string]string{"revision": "2026-04", "rule": "permission"}, func(a asked) [][]string {
		return a.only(effect("permit")).only(func(r *kept) bool {
			return r.Revision == "2026-04" && r.Outcome == "released" && slices.Contains(r.Rules, "permission")
		}).sittings(one(visitOf, userOf, patientOf), everything, func(g group) []any {
			r := g.records[0]
			return []any{r.UserName, r.UserOrg, collected(g.asked, sourcesOf), collected(g.asked, func(r *kept) []string { return r.Rules }),
				len(g.records)}
		})
	}},
	"numbers-missing": {nil, func(a asked) [][]string {
		return table(a.by(one(brokerOf)), func(g group) []string {
			// The test leaves out the numbers 11 to 13 of each broker.
			return line(g.key[0], 11, 13, 3)
		}, "0")
	}},
	"who-looked-at-the-trail": {period, func(a asked) [][]string {
		return table(a.only(inPeriod).only(looked).by(one(userOf)), func(g group) []string {
			r := g.records[0]
			return line(g.key[0], r.UserName, r.RoleName, r.UserOrg, g.visits(acted("look-at-trail")), g.visits(acted("look-at-record")),
				g.visits(acted("look-at-patient")), g.latest())
		}, "-6", "-5", "0")
	}},
	"changes-of-a-day": {period, func(a asked) [][]string {
		var rows [][]string
		var visits, refusals []int
		days := a.only(inPeriod).by(one(dayOf))
		for _, g := range days {
			usual := func(before []int) any {
				if len(before) == 0 {
					return ""
				}
				total := 0
				for _, n := range before {
					total += n
				}
				return number1(float64(total) / float64(len(before)))
			}
			rows = append(rows, line(g.key[0][:10], g.visits(viewed), g.only(viewed).distinct(patientOf), g.altogether(), usual(visits), usual(refusals)))
			visits, refusals = append(visits, g.visits(viewed)), append(refusals, g.altogether())
		}
		return rows
	}},
}

var commentLine = regexp.MustCompile(`(?m)^--   (\w+)  +(String|DateTime)  +\S`)
var parameter = regexp.MustCompile(`\{(\w+):(String|DateTime)[^}]*\}`)

// Every question says in plain English what it asks, for whom, and with what.
func TestQuestionsSayWhatTheyAsk(t *testing.T) {
	files, err := filepath.Glob("clickhouse/questions/*.sql")
	if err != nil || len(files) != len(questions) {
		t.Errorf("%d questions, %d figures, %v", len(files), len(questions), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		head, _, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(head, "-- ") || !strings.HasSuffix(head, "?") {
			t.Errorf("%s does not begin with a question", name)
		}
		said, used := map[string]string{}, map[string]string{}
		for _, m := range commentLine.FindAllStringSubmatch(string(text), -1) {
			said[m[1]] = m[2]
		}
		for _, m := range parameter.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = m[2]
		}
		if !maps.Equal(said, used) {
			t.Errorf("%s: says %v, uses %v", name, said, used)
		}
		_, sql, _ := strings.Cut(string(text), "\nSELECT")
		if strings.Count(sql, "FROM records\n")+strings.Count(sql, "FROM visits(since = ") != 1 || strings.Contains(sql, "document") || counts.MatchString(sql) {
			t.Errorf("%s: asks other than the records, each once, without documents and FINAL", name)
		}
		if strings.Contains(sql, "FROM visits(") != strings.Contains(sql, ", gap = 30 * 60000000)\n") || strings.Contains(sql, "FROM visits(") != strings.Contains(string(text), "microseconds. Write in here what your brokers have as visit_gap.\n") {
			t.Errorf("%s: has another gap between visits than is the default, or does not say so", name)
		}
	}
}

// counts are aggregates that are otherwise where a record stands twice. A question counts
// different numbers instead: FINAL reads ten times as much of what is seldom.
var counts = regexp.MustCompile(`\b(count|countIf|sum|sumIf|avgIf|quantileExact|quantileExactIf)\(`)
