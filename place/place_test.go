package place_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/place"
)

// What is done underneath, and what is said of it. Each file's kind is in its name.
func TestWhatIsDoneUnderneathIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(must func(error), in func(string) string)
		want []string // "" is that all is in place again
	}{
		"nothing":                    {func(func(error), func(string) string) {}, nil},
		"the open file is deleted":   {func(must func(error), in func(string) string) { must(os.Remove(in("data/open"))) }, []string{"open is gone"}},
		"it is moved away":           {func(must func(error), in func(string) string) { must(os.Rename(in("data/open"), in("away"))) }, []string{"open is gone"}},
		"a copy is put in its place": {replaced("data/open", "as it was"), []string{"open was replaced"}},
		"the folder is moved away":   {func(must func(error), in func(string) string) { must(os.Rename(in("data"), in("away"))) }, []string{"folder is gone", "open is gone", "written is gone", "read is gone"}},
		"the folder is deleted":      {func(must func(error), in func(string) string) { must(os.RemoveAll(in("data"))) }, []string{"folder is gone", "open is gone"}},
		"an empty one is in its place": {func(must func(error), in func(string) string) {
			must(os.Rename(in("data"), in("away")))
			must(os.Mkdir(in("data"), 0o700))
		}, []string{"folder was replaced", "open is gone"}},
		"what is written anew":    {replaced("data/written", "another"), nil},
		"what was read, the same": {replaced("data/read", "as it was"), nil},
		"what was read, another":  {replaced("data/read", "another"), []string{"read was replaced"}},
		"a folder for a file": {func(must func(error), in func(string) string) {
			must(os.Remove(in("data/written")))
			must(os.Mkdir(in("data/written"), 0o700))
		}, []string{"written was replaced"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			in := func(name string) string { return filepath.Join(dir, name) }
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(os.Mkdir(in("data"), 0o700))
			for _, file := range []string{"open", "written", "read"} {
				must(os.WriteFile(in("data/"+file), []byte("as it was"), 0o600))
			}
			said := 0
			w, err := place.New([]place.File{{"folder", in("data"), place.TheFile}, {"open", in("data/open"), place.TheFile},
				{"written", in("data/written"), place.AnyFile}, {"read", in("data/read"), place.SameContent}}, func(_, _ error) { said++ })
			must(err)
			w.Close() // looks are the test's own from here on
			c.do(must, in)
			w.Look()
			w.Look()
			if (w.Err() == nil) != (c.want == nil) || said != min(1, len(c.want)) {
				t.Fatalf("%v, told %d times", w.Err(), said)
			}
			for _, want := range c.want {
				if !strings.Contains(w.Err().Error(), want) {
					t.Errorf("%q is not said in: %v", want, w.Err())
				}
			}
			if _, err := os.Stat(in("away")); err == nil && !strings.Contains(name, "empty") {
				back := map[bool]string{true: "data", false: "data/open"}[strings.Contains(name, "folder")]
				must(os.Rename(in("away"), in(back)))
				if w.Look(); w.Err() != nil || said != 2 {
					t.Errorf("it is back: %v, told %d times", w.Err(), said)
				}
			}
		})
	}
}

func replaced(name, content string) func(func(error), func(string) string) {
	return func(must func(error), in func(string) string) {
		must(os.WriteFile(in("new"), []byte(content), 0o600))
		must(os.Rename(in("new"), in(name)))
	}
}

func TestWhatIsNotThereCannotBeWatched(t *testing.T) {
	if _, err := place.New([]place.File{{What: "nothing", Path: filepath.Join(t.TempDir(), "x")}}, nil); err == nil {
		t.Error("a file that is not there is watched")
	}
}

// What goes between two looks is told when somebody asks, or at the end.
func TestSomebodyWhoAsksAndTheEndAreLooks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var told error
	held, err := os.Open(path) // that its inode is given to no other
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	w, err := place.New([]place.File{{What: "open", Path: path}}, func(_, is error) { told = is })
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := w.Now(); err == nil {
		t.Error("it has not looked when it was asked to")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if w.Close(); told == nil || !strings.Contains(told.Error(), "open was replaced") {
		t.Errorf("told: %v", told)
	}
}
