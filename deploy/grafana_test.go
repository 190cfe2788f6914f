package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// dashboard is a dashboard of Grafana, as far as it is tested.
type dashboard struct {
	file        string
	UID         string
	Title       string
	Description string
	Tags        []string
	Timezone    string
	Time        struct{ From, To string }
	Templating  struct{ List []variable }
	Panels      []panel
}

type variable struct {
	Name, Type, Query string
	Multi, IncludeAll bool
	Datasource        source
}

type source struct{ Type, UID string }

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               source
	GridPos                  struct{ H, W, X, Y int }
	Interval                 string
	FieldConfig              struct {
		Defaults  struct{ Unit string }
		Overrides []struct {
			Matcher    struct{ ID, Options string }
			Properties []struct {
				ID    string
				Value json.RawMessage
			}
		}
	}
	Targets []target
}

type target struct {
	RefID, RawSQL, Expr, LegendFormat, QueryType string
	Format                                       any
	Datasource                                   source
}

func dashboards(t testing.TB) (all []dashboard) {
	t.Helper()
	files, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d dashboards, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := dashboard{file: strings.TrimSuffix(filepath.Base(file), ".json")}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, d)
	}
	return all
}

// view is what a person has chosen on a dashboard: a time, and values of variables.
type view struct {
	from, to              time.Time
	interval              time.Duration
	organisations, source []string // none: all
	busy                  bool     // every panel has something to show
}

// expand fills in a panel's SQL as Grafana and its ClickHouse plugin do: first
// $__conditionalAll and the variables, in the browser, then the macros, in the
// plugin (pkg/macros of grafana/clickhouse-datasource).
func (v view) expand(sql string) (string, error) {
	for name, values := range map[string][]string{"organisation": v.organisations, "source": v.source} {
		all := regexp.MustCompile(`\$__conditionalAll\((.*?\)), \$` + name + `\)`)
		if len(values) == 0 {
			sql = all.ReplaceAllString(sql, "1=1")
		} else {
			sql = all.ReplaceAllString(sql, "$1")
		}
		sql = strings.ReplaceAll(sql, "${"+name+":singlequote}", singleQuote(values))
	}
	sql = strings.ReplaceAll(sql, "${visit_gap}", "30")
	from, to := fmt.Sprintf("toDateTime(%d)", v.from.Unix()), fmt.Sprintf("toDateTime(%d)", v.to.Unix())
	sql = regexp.MustCompile(`\$__timeFilter\((\w+)\)`).ReplaceAllString(sql, "$1 >= "+from+" AND $1 <= "+to)
	sql = strings.NewReplacer("$__fromTime", from, "$__toTime", to).Replace(sql)
	sql = regexp.MustCompile(`\$__timeInterval\((\w+)\)`).
		ReplaceAllString(sql, fmt.Sprintf("toStartOfInterval(toDateTime($1), INTERVAL %d second)", int(max(v.interval.Seconds(), 1))))
	if i := strings.IndexByte(sql, '$'); i >= 0 {
		return "", fmt.Errorf("left unexpanded: %.40s", sql[i:])
	}
	return sql, nil
}

// singleQuote is Grafana's format of that name.
func singleQuote(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = `'` + strings.ReplaceAll(v, `'`, `\'`) + `'`
	}
	return strings.Join(quoted, ",")
}

// during says whether a record came in within the time of the view.
func (v view) during(r *kept) bool {
	at := r.TimeIn.Truncate(time.Microsecond)
	return !at.Before(v.from.Truncate(time.Second)) && !at.After(v.to.Truncate(time.Second))
}

// keeps says whether a record is within the view.
func (v view) keeps(r *kept) bool {
	in := func(values []string, value string) bool {
		for _, one := range values {
			if one == value {
				return true
			}
		}
		return len(values) == 0
	}
	return v.during(r) && in(v.organisations, r.SourceOrg) && in(v.source, r.Source)
}
