package deploy_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// asked is what a figure is worked out from: the records within a view.
type asked struct {
	records  []*kept
	interval time.Duration
}

// figure works out, from the records alone, the rows that a panel must show.
type figure func(asked) [][]string

// line makes one row: times as ClickHouse writes them, numbers to four places.
func line(cells ...any) []string {
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case time.Time:
			row[i] = v.UTC().Format(time.DateTime)
		case float64:
			row[i] = number(v)
		default:
			row[i] = fmt.Sprint(v)
		}
	}
	return row
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64) }

type test func(*kept) bool

// The measures, as the console counts them (audit.Measure), and a few more.
func viewed(r *kept) bool   { return r.Action == "view" && r.Outcome == "released" }
func refused(r *kept) bool  { return r.Action == "view" && r.Outcome == "refused" }
func judged(r *kept) bool   { return viewed(r) || refused(r) }
func failed(r *kept) bool   { return r.Outcome == "failed" || r.Outcome == "incomplete" }
func declared(r *kept) bool { return r.Action == "declare-emergency" && r.Outcome == "released" }
func inNeed(r *kept) bool   { return viewed(r) && r.Emergency != "" }
func decided(r *kept) bool  { return r.Revision != "" }
func everything(*kept) bool { return true }
func looked(r *kept) bool   { return strings.HasPrefix(r.Action, "look-") }
func acted(a string) test {
	return func(r *kept) bool { return r.Action == a && r.Outcome == "released" }
}
func because(why string) test { return func(r *kept) bool { return slices.Contains(r.Reasons, why) } }

func (a asked) only(keep test) asked {
	var some []*kept
	for _, r := range a.records {
		if keep(r) {
			some = append(some, r)
		}
	}
	return asked{some, a.interval}
}

func (a asked) count(keep test) int { return len(a.only(keep).records) }

// distinct counts the different values that are not "".
func (a asked) distinct(of func(*kept) string) int {
	seen := map[string]bool{}
	for _, r := range a.records {
		seen[of(r)] = true
	}
	delete(seen, "")
	return len(seen)
}

func patientOf(r *kept) string { return r.PatientHMAC }
func userOf(r *kept) string    { return r.UserID }
func orgOf(r *kept) string     { return r.UserOrg }
func reasonOf(r *kept) string {
	if len(r.Reasons) == 0 {
		return ""
	}
	return r.Reasons[0]
}

// greatest is the last of some texts, as max gives it.
func (a asked) greatest(of func(*kept) string) (last string) {
	for _, r := range a.records {
		last = max(last, of(r))
	}
	return last
}

func (a asked) latest() (t time.Time) {
	for _, r := range a.records {
		if r.TimeIn.After(t) {
			t = r.TimeIn
		}
	}
	return t.Truncate(time.Second)
}

func (a asked) earliest() (t time.Time) {
	for _, r := range a.records {
		if t.IsZero() || r.TimeIn.Before(t) {
			t = r.TimeIn
		}
	}
	return t.Truncate(time.Second)
}

// group is the records under one key.
type group struct {
	key []string
	asked
}

// by groups; a record may have several keys, each once.
func (a asked) by(keys func(*kept) [][]string) []group {
	index := map[string]*group{}
	var order []string
	for _, r := range a.records {
		seen := map[string]bool{}
		for _, key := range keys(r) {
			name := strings.Join(key, "\x00")
			if seen[name] {
				continue
			}
			seen[name] = true
			if index[name] == nil {
				index[name] = &group{key: key, asked: asked{interval: a.interval}}
				order = append(order, name)
			}
			index[name].records = append(index[name].records, r)
		}
	}
	var all []group
	for _, name := range order {
		all = append(all, *index[name])
	}
	return all
}

// one makes a single key of some texts.
func one(of ...func(*kept) string) func(*kept) [][]string {
	return func(r *kept) [][]string {
		key := make([]string, len(of))
		for i, f := range of {
			key[i] = f(r)
		}
		return [][]string{key}
	}
}

// each makes one key of every text.
func each(of func(*kept) []string) func(*kept) [][]string {
	return func(r *kept) (keys [][]string) {
		for _, text := range of(r) {
			keys = append(keys, []string{text})
		}
		return keys
	}
}

// dayOf is the day on London's clocks, as the server gives its beginning.
func dayOf(r *kept) string { return r.TimeIn.In(london).Format(time.DateOnly) + " 00:00:00" }

// table makes a row of every group and sorts: "2" by the third column upwards,
// "-2" downwards, as numbers where both are.
func table(groups []group, row func(group) []string, order ...string) [][]string {
	var rows [][]string
	for _, g := range groups {
		rows = append(rows, row(g))
	}
	return ordered(rows, order...)
}

func ordered(rows [][]string, order ...string) [][]string {
	slices.SortStableFunc(rows, func(a, b []string) int {
		for _, o := range order {
			column, _ := strconv.Atoi(strings.TrimPrefix(o, "-"))
			x, y := a[column], b[column]
			less := cmp.Compare(x, y)
			if n, err := strconv.ParseFloat(x, 64); err == nil && len(x) < 16 {
				if m, err := strconv.ParseFloat(y, 64); err == nil {
					less = cmp.Compare(n, m)
				}
			}
			if strings.HasPrefix(o, "-") {
				less = -less
			}
			if less != 0 {
				return less
			}
		}
		return 0
	})
	return rows
}

func first(rows [][]string, n int) [][]string { return rows[:min(n, len(rows))] }

// newest gives the latest n records, each as a row.
func (a asked) newest(n int, row func(*kept) []string) [][]string {
	all := slices.Clone(a.records)
	slices.SortFunc(all, func(x, y *kept) int {
		return cmp.Or(y.TimeIn.Compare(x.TimeIn), cmp.Compare(y.Broker, x.Broker), cmp.Compare(y.Sequence, x.Sequence))
	})
	var rows [][]string
	for _, r := range all[:min(n, len(all))] {
		rows = append(rows, row(r))
	}
	return rows
}

// quantile is what quantileExact gives: an element, never a mean of two.
func quantile[T cmp.Ordered](values []T, level float64) T {
	slices.Sort(values)
	return values[min(int(level*float64(len(values))), len(values)-1)]
}

// number1 is a number to one place.
func number1(v float64) string { return number(math.RoundToEven(v*10) / 10) }

func share(part, whole int) float64 { return math.RoundToEven(float64(part)/float64(whole)*1e4) / 1e4 }
