package draft_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/strictjson"
)

const settings = `{
  "source": "A \"group\".",
  "emergency": {
    "enabled": false,
    "minutes": 60,
    "reasons": {
      "dying": "Life is in danger",
      "child": "A child < 18 is at risk"
    }
  },
  "ways": ["in-person", "telephone"],
  "none": [], "nobody": {}
}
`

func TestAValueIsChangedAndAllElseStays(t *testing.T) {
	for _, c := range []struct {
		value    any
		path     string
		old, new string
	}{
		{true, "emergency.enabled", `"enabled": false`, `"enabled": true`},
		{json.Number("90"), "emergency.minutes", `"minutes": 60`, `"minutes": 90`},
		{"Who is < 18 & \"ill\"", "emergency.reasons.dying", `"Life is in danger"`, `"Who is < 18 & \"ill\""`},
		{[]string{"letter", "video"}, "ways", `["in-person", "telephone"]`, `["letter", "video"]`},
		{[]string{}, "ways", `["in-person", "telephone"]`, `[]`},
	} {
		got, err := draft.With([]byte(settings), c.value, strings.Split(c.path, ".")...)
		if err != nil {
			t.Fatal(c.path, err)
		}
		if diff := cmp.Diff(strings.Replace(settings, c.old, c.new, 1), string(got)); diff != "" {
			t.Errorf("%s:\n%s", c.path, diff)
		}
	}
}

func TestEntriesComeAndGo(t *testing.T) {
	add := func(name string, value any, path ...string) func() ([]byte, error) {
		return func() ([]byte, error) { return draft.Adding([]byte(settings), name, value, path...) }
	}
	drop := func(name string, path ...string) func() ([]byte, error) {
		return func() ([]byte, error) { return draft.Without([]byte(settings), name, path...) }
	}
	for name, c := range map[string]struct {
		do       func() ([]byte, error)
		old, new string
	}{
		"last of an object":     {add("other", "Another", "emergency", "reasons"), `is at risk"`, `is at risk",` + "\n      " + `"other": "Another"`},
		"last of an array":      {add("video", nil, "ways"), `"telephone"]`, `"telephone", "video"]`},
		"into an empty array":   {add("x", nil, "none"), `[]`, `["x"]`},
		"into an empty object":  {add("x", true, "nobody"), `{}`, `{"x": true}`},
		"first of an object":    {drop("dying", "emergency", "reasons"), `"dying": "Life is in danger",` + "\n      ", ``},
		"away from an object":   {drop("child", "emergency", "reasons"), `,` + "\n      " + `"child": "A child < 18 is at risk"`, ``},
		"away from an array":    {drop("in-person", "ways"), `"in-person", `, ``},
		"away from array's end": {drop("telephone", "ways"), `, "telephone"`, ``},
	} {
		got, err := c.do()
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(strings.Replace(settings, c.old, c.new, 1), string(got)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for was, want := range map[string]string{
		`{"ways": ["a" , "b"]}`:                         `{"ways": ["a" , "b", "c"]}`,
		"{\"ways\": [\"a\"\r\n\t,\"b\"\r\n]}":           "{\"ways\": [\"a\"\r\n\t,\"b\",\"c\"\r\n]}",
		"{\"ways\": [\r\n\t\"a\",\r\n\t\"b\"\r\n]}\r\n": "{\"ways\": [\r\n\t\"a\",\r\n\t\"b\",\r\n\t\"c\"\r\n]}\r\n",
		`{"ways": ["a,b",  "]"]}`:                       `{"ways": ["a,b",  "]",  "c"]}`,
		`{"w\u0061ys": [1, "b"]}`:                       `{"w\u0061ys": [1, "b", "c"]}`,
	} {
		if got, err := draft.Adding([]byte(was), "c", nil, "ways"); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v", was, got, err)
		} else if back, err := draft.Without(got, "c", "ways"); err != nil || string(back) != was {
			t.Errorf("%s comes back as %s, %v", was, back, err)
		}
	}
	one := `{"ways": ["in-person"]}`
	if got, err := draft.Without([]byte(one), "in-person", "ways"); err != nil || string(got) != `{"ways": []}` {
		t.Errorf("the only one: %s %v", got, err)
	}
	if got, err := draft.Adding([]byte("{\n  \"ways\": [\n    \"in-person\"\n  ]\n}"), "video", nil, "ways"); err != nil || string(got) != "{\n  \"ways\": [\n    \"in-person\",\n    \"video\"\n  ]\n}" {
		t.Errorf("after the only one: %s %v", got, err)
	}
}

func TestWhatCannotBeChangedIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		err  func() error
		want error
	}{
		"a value that is not there": {func() error { _, err := draft.With([]byte(settings), 1, "emergency", "seconds"); return err }, draft.ErrNotThere},
		"an entry that is there": {func() error {
			_, err := draft.Adding([]byte(settings), "dying", "x", "emergency", "reasons")
			return err
		}, draft.ErrTwice},
		"a way that is there":        {func() error { _, err := draft.Adding([]byte(settings), "telephone", "x", "ways"); return err }, draft.ErrTwice},
		"an entry that is not there": {func() error { _, err := draft.Without([]byte(settings), "video", "ways"); return err }, draft.ErrNotThere},
		"no list":                    {func() error { _, err := draft.Adding([]byte(settings), "x", "x", "emergency", "minutes"); return err }, draft.ErrKind},
		"a name of nothing":          {func() error { _, err := draft.Without([]byte(`{"ways": [1]}`), "", "ways"); return err }, draft.ErrNotThere},
	} {
		if err := c.err(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, broken := range []string{``, `{`, `{"a": 1, "a": 2}`, `[1}`} {
		if _, err := draft.With([]byte(broken), 1, "a"); err == nil {
			t.Errorf("%q was changed", broken)
		}
	}
}

// Every list that is shipped takes an entry and gives it back, byte for byte.
func TestEveryShippedListTakesAnEntryAndGivesItBack(t *testing.T) {
	lists := 0
	err := fs.WalkDir(policies.FS, "data", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.FS, file)
		if err != nil {
			return err
		}
		for m := range strictjson.Members(text) {
			if kind, _ := strictjson.KindOf(m.Value); kind != strictjson.Object && kind != strictjson.Array {
				continue
			}
			key := string(m.Name())
			more, err := draft.Adding(text, "ZZ-99", "more", key)
			if err != nil {
				t.Errorf("%s %s: %v", file, key, err)
				continue
			}
			if strings.Count(string(more), "\n") < strings.Count(string(text), "\n") {
				t.Errorf("%s %s: lines were lost", file, key)
			}
			back, err := draft.Without(more, "ZZ-99", key)
			if err != nil || string(back) != string(text) {
				t.Errorf("%s %s: does not come back: %v", file, key, err)
			}
			lists++
		}
		return nil
	})
	if err != nil || lists < 30 {
		t.Error(lists, err)
	}
}

// Whatever is changed, what comes out holds what was asked for, and all else as it was.
func FuzzWith(f *testing.F) {
	f.Add([]byte(settings), "ways", "video")
	f.Add([]byte(`{"a":{"b":[]}}`), "a", "b")
	f.Add([]byte(" [ ] "), "", "x")
	f.Add([]byte(`{"\u0061": {"b\n": 1}}`), "a", "b\n")
	f.Fuzz(func(t *testing.T, text []byte, key, name string) {
		read := func(text []byte) (doc map[string]any) {
			if err := json.Unmarshal(text, &doc); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			return doc
		}
		got, err := draft.With(text, "✓", key)
		if err == nil {
			was, is := read(text), read(got)
			if is[key] != "✓" {
				t.Fatalf("%s: it is not there", got)
			}
			is[key] = was[key]
			if !reflect.DeepEqual(was, is) {
				t.Fatalf("%s: something else was changed", got)
			}
		}
		more, err := draft.Adding(text, name, "✓", key)
		if err != nil || !utf8.ValidString(name) {
			return
		}
		if reflect.DeepEqual(read(text), read(more)) {
			t.Fatalf("%s: nothing was added", more)
		}
		back, err := draft.Without(more, name, key)
		if err != nil {
			t.Fatalf("%s: %v", more, err)
		}
		if !reflect.DeepEqual(read(text), read(back)) {
			t.Fatalf("%s: does not come back", back)
		}
	})
}
