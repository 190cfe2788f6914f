package deploy_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/audit"
)

// Grafana's names of the units that are used, so that a misspelt one is found.
var units = map[string]bool{"short": true, "percentunit": true, "s": true, "ms": true, "reqps": true, "ops": true}

// An auditor who opens a dashboard for the first time is told what each panel says.
func TestEveryPanelSaysWhatItShows(t *testing.T) {
	uids := map[string]bool{}
	for _, d := range dashboards(t) {
		if d.UID != "mcr-"+d.file || uids[d.UID] || len(d.Description) < 60 || len(d.Tags) < 2 || d.Timezone != "Europe/London" {
			t.Errorf("%s: uid %q, description %q, tags %v, time zone %q", d.file, d.UID, d.Description, d.Tags, d.Timezone)
		}
		uids[d.UID] = true
		titles, ids := map[string]bool{}, map[int]bool{}
		for i, p := range d.Panels {
			if titles[p.Title] || ids[p.ID] || p.Title == "" {
				t.Errorf("%s: panel %d %q: the title or the id is there twice, or not at all", d.file, p.ID, p.Title)
			}
			titles[p.Title], ids[p.ID] = true, true
			if p.Type == "row" {
				continue
			}
			if len(p.Description) < 40 || !strings.HasSuffix(p.Description, ".") {
				t.Errorf("%s: %s: the description is no sentence: %q", d.file, p.Title, p.Description)
			}
			if !units[p.FieldConfig.Defaults.Unit] {
				t.Errorf("%s: %s: unit %q", d.file, p.Title, p.FieldConfig.Defaults.Unit)
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s: %s asks nothing", d.file, p.Title)
			}
			for _, q := range d.Panels[:i] {
				if overlap(p, q) {
					t.Errorf("%s: %s lies over %s", d.file, p.Title, q.Title)
				}
			}
			for _, q := range p.Targets { // SQL knows a patient by one epoch of the keys
				if strings.Contains(q.RawSQL, `AS "Patients`) && !strings.Contains(d.Description, "rotate-keys) a patient seen before and after it counts twice.") {
					t.Errorf("%s: %s counts patients, and the dashboard does not say who counts twice", d.file, p.Title)
				}
			}
			if p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s: %s does not fit", d.file, p.Title)
			}
		}
	}
}

func overlap(p, q panel) bool {
	a, b := p.GridPos, q.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

var word = regexp.MustCompile(`[a-z_]+`)

var fromRecords = regexp.MustCompile(`FROM records( FINAL)?\n`)

// fromVisits is how a panel asks for records with their visits.
const fromVisits = "FROM visits(since = $__fromTime, until = $__toTime, gap = ${visit_gap} * 60000000)\n"

// onceOnly are aggregates that are otherwise where a record stands twice; the largest, the
// first and the different ones are not, and need no FINAL. What is seldom (emergencies, alerts)
// is counted by its different numbers, at a tenth of the cost.
var onceOnly = regexp.MustCompile(`\b(count|countIf|sum|sumIf|avg|quantileExact|quantileExactIf|groupArray|groupArrayIf)\(`)

// SQL that asks for the time and the organisation that were chosen, that counts a
// record once, and that needs no more than the reader's columns.
func TestEveryPanelKeepsToTheReadersPart(t *testing.T) {
	asked := map[string]int{}
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if (q.RawSQL == "") == (q.Expr == "") {
					t.Errorf("%s: %s: asks neither or both of the sources", d.file, p.Title)
				}
				if q.RawSQL == "" {
					continue
				}
				asked[d.file]++
				where := d.file + ": " + p.Title
				if figures[d.file][p.Title] == nil {
					t.Errorf("%s: there is no figure to compare with", where)
				}
				// Each table that is asked is asked for the choice, the records for the time, and hours
				// that are whole for their hour.
				records, hours, visits := len(fromRecords.FindAllString(q.RawSQL, -1)), strings.Count(q.RawSQL, "FROM hourly\n"), strings.Count(q.RawSQL, fromVisits)
				for needed, times := range map[string]int{
					"FROM ": records + hours + visits + strings.Count(q.RawSQL, "FROM (\n"), "$__timeFilter(time_in)": records,
					"WHERE hour >= $__fromTime AND hour < toStartOfHour($__toTime)\n":               hours,
					"$__conditionalAll(source_org IN (${organisation:singlequote}), $organisation)": records + hours + visits,
					"$__conditionalAll(source IN (${source:singlequote}), $source)":                 records + hours + visits,
				} {
					if records+visits == 0 || strings.Count(q.RawSQL, needed) != times {
						t.Errorf("%s: %q stands %d times in it, want %d", where, needed, strings.Count(q.RawSQL, needed), times)
					}
				}
				for _, asking := range strings.Split(q.RawSQL, "SELECT ") {
					if onceOnly.MatchString(asking) && !strings.Contains(asking, "FROM records FINAL\n") && (strings.Contains(asking, "FROM records\n") || strings.Contains(asking, fromVisits)) {
						t.Errorf("%s: counts a record that stands twice two times", where)
					}
				}
				if counted := visits > 0; counted != strings.Contains(q.RawSQL, "visit") {
					t.Errorf("%s: counts visits otherwise than as visits", where)
				}
				for _, name := range word.FindAllString(q.RawSQL, -1) {
					if name == "document" || name == "packed" || name == "facts" || name == "by_patient" || name == "hash" {
						t.Errorf("%s: asks for %s, which readers do not have", where, name)
					}
				}
				if form := map[bool]any{true: 0.0, false: 1.0}[q.QueryType == "timeseries"]; q.Format != form {
					t.Errorf("%s: format %v of a %s", where, q.Format, q.QueryType)
				}
			}
		}
	}
	for file, all := range figures {
		if len(all) != asked[file] {
			t.Errorf("%s: %d figures for %d panels that ask the trail", file, len(all), asked[file])
		}
	}
}

// A record's id leads to its page in the console.
func TestRecordsLeadToTheConsole(t *testing.T) {
	const link = "${console}/trail/records/${__value.raw}"
	template, err := os.ReadFile("../console/trail/templates/_shared.html")
	if err != nil || !strings.Contains(string(template), `{{path "/trail/records/"}}{{.ID}}`) {
		t.Errorf("the console has its records elsewhere: %v", err)
	}
	links := 0
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, o := range p.FieldConfig.Overrides {
				for _, property := range o.Properties {
					if property.ID == "links" {
						links++
						if o.Matcher.Options != "Record" || !strings.Contains(string(property.Value), link) {
							t.Errorf("%s: %s: %s links to %s", d.file, p.Title, o.Matcher.Options, property.Value)
						}
					}
				}
			}
		}
		if gap := d.Templating.List[len(d.Templating.List)-2]; d.file != "delivery-and-health" && (gap.Name != "visit_gap" || gap.Type != "constant" || gap.Query != fmt.Sprint(audit.DefaultGap.Minutes())) {
			t.Errorf("%s: the gap between visits is not the default: %+v", d.file, gap)
		}
		if last := d.Templating.List[len(d.Templating.List)-1]; last.Name != "console" || !strings.HasPrefix(last.Query, "https://") {
			t.Errorf("%s: no address of the console: %+v", d.file, last)
		}
	}
	if links != 4 {
		t.Errorf("%d tables lead to the console", links)
	}
}

// What the dashboards name is provisioned.
func TestProvisioning(t *testing.T) {
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, Type, UID string
			Editable        bool
			JSONData        map[string]any `yaml:"jsonData"`
		}
	}
	read(t, "grafana/provisioning/datasources/mcr.yaml", &sources)
	known := map[source]bool{}
	for _, s := range sources.Datasources {
		known[source{s.Type, s.UID}] = true
		if s.Editable {
			t.Errorf("%s may be edited by hand", s.Name)
		}
	}
	var providers struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Type, Folder string
			AllowUIUpdates     bool `yaml:"allowUiUpdates"`
			Options            map[string]any
		}
	}
	read(t, "grafana/provisioning/dashboards/mcr.yaml", &providers)
	if len(providers.Providers) != 1 || providers.Providers[0].Type != "file" || providers.Providers[0].AllowUIUpdates {
		t.Errorf("providers %+v", providers.Providers)
	}
	for _, d := range dashboards(t) {
		for _, v := range d.Templating.List {
			if v.Type == "query" && !known[v.Datasource] {
				t.Errorf("%s: variable %s asks %+v, which is not provisioned", d.file, v.Name, v.Datasource)
			}
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if !known[q.Datasource] || p.Datasource != q.Datasource {
					t.Errorf("%s: %s asks %+v, which is not provisioned", d.file, p.Title, q.Datasource)
				}
			}
		}
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
