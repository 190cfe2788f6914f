package upstreams_test

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/upstreams"
	"go.yaml.in/yaml/v3"
)

const page = "../docs/sources.md"

var (
	// example is a block of YAML, with the name of its file before it.
	example = regexp.MustCompile("(?s)`([a-z0-9-]+\\.yaml)`:\n\n```yaml\n(.*?)```")
	// row is a row of a table with code in its first cell.
	row = regexp.MustCompile("(?m)^\\| `([^|]*)` \\| (.*) \\|$")
)

func written(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func load(name, text string) ([]upstreams.Source, error) {
	return upstreams.Load(fstest.MapFS{name: {Data: []byte(text)}})
}

// What the page shows is taken as it stands there.
func TestEveryExampleOfThePageIsTaken(t *testing.T) {
	text := written(t)
	examples := example.FindAllStringSubmatch(text, -1)
	if n := strings.Count(text, "```yaml"); n != len(examples) || n < 2 {
		t.Fatalf("%d examples, %d of them with the name of their file before them", n, len(examples))
	}
	for _, e := range examples {
		if _, err := load(e[1], e[2]); err != nil {
			t.Errorf("%s: %v", page, err)
		}
	}
	whole, err := load(examples[1][1], examples[1][2])
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[upstreams.Source]().NumField() { // the one with every field sets every field
		if reflect.ValueOf(whole[0]).Field(i).IsZero() {
			t.Errorf("%s: the example with every field sets no %s", page, reflect.TypeFor[upstreams.Source]().Field(i).Name)
		}
	}
	if whole[0].MaxBytes != 8<<20 || whole[0].MaxDocumentBytes != 10<<20 || whole[0].Timeout.Seconds() != 5 {
		t.Errorf("%+v", whole[0])
	}
}

// The table of fields is that of the declaration, and its defaults are those that hold.
func TestThePageTellsEveryField(t *testing.T) {
	_, fields, _ := strings.Cut(written(t), "## The fields")
	fields, _, _ = strings.Cut(fields, "## ")
	told := map[string]string{}
	for _, r := range row.FindAllStringSubmatch(fields, -1) {
		told[r[1]] = r[2]
	}
	var there []string
	for i := range reflect.TypeFor[upstreams.Declaration]().NumField() {
		there = append(there, reflect.TypeFor[upstreams.Declaration]().Field(i).Tag.Get("yaml"))
	}
	slices.Sort(there)
	if names := slices.Sorted(maps.Keys(told)); !slices.Equal(names, there) {
		t.Errorf("%s tells %v; a source's file has %v: add it to the table, and to the example with every field", page, names, there)
	}
	smallest := example.FindAllStringSubmatch(written(t), -1)[0]
	got, err := load(smallest[1], smallest[2])
	if err != nil {
		t.Fatal(err)
	}
	d := upstreams.Undeclared("x")
	if got[0].Timeout != d.Timeout || got[0].MaxBytes != d.MaxBytes || got[0].MaxDocumentBytes != d.MaxDocumentBytes || got[0].LinkBases != nil {
		t.Errorf("defaults: %+v", got[0])
	}
	for field, want := range map[string]string{"timeout": "`10s`", "max_bytes": "16777216", "max_document_bytes": "20971520", "link_bases": "none"} {
		if !strings.Contains(told[field][strings.LastIndex(told[field], "|"):], want) {
			t.Errorf("%s: the default of %s is %s", page, field, want)
		}
	}
	for _, kind := range upstreams.Kinds {
		if !strings.Contains(told["kind"], "`"+kind+"`") {
			t.Errorf("%s: kind %s is not told", page, kind)
		}
	}
}

// Each fault of the table is made, and told in these words.
func TestThePageTellsWhatIsWrong(t *testing.T) {
	_, faults, _ := strings.Cut(written(t), "## What is wrong with a file")
	rows := row.FindAllStringSubmatch(faults, -1)
	if len(rows) < 15 {
		t.Fatalf("%d faults", len(rows))
	}
	smallest := example.FindAllStringSubmatch(written(t), -1)[0]
	fields := map[string]bool{}
	for _, r := range rows {
		field, _, _ := strings.Cut(r[1], ":")
		fields[field] = true
		var all map[string]any
		if err := yaml.Unmarshal([]byte(smallest[2]), &all); err != nil {
			t.Fatal(err)
		}
		delete(all, field)
		rest, err := yaml.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		_, err = load(smallest[1], string(rest)+r[1]+"\n")
		if want := strings.Trim(r[2], "`"); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), smallest[1]) || strings.Contains(err.Error(), "\n") && !strings.Contains(want, "cannot") && !strings.Contains(want, "not found") {
			t.Errorf("%s: %s: said: %v\nthe page has: %s", page, r[1], err, want)
		}
	}
	for i := range reflect.TypeFor[upstreams.Declaration]().NumField() {
		if field := reflect.TypeFor[upstreams.Declaration]().Field(i).Tag.Get("yaml"); !fields[field] {
			t.Errorf("%s: no fault of %s is told", page, field)
		}
	}
	if _, err := upstreams.Load(fstest.MapFS{}); err == nil || !strings.Contains(written(t), strings.TrimPrefix(err.Error(), "listing sources: ")) {
		t.Errorf("%s: an empty folder: %v", page, err)
	}
}
