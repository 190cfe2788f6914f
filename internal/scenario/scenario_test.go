package scenario_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/scenario"
	"github.com/mycarerecord/mcr/policies"
)

// TestStories tells every story to a whole broker of its own.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 40 {
		t.Errorf("%d stories, want at least 40", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		story, err := scenario.Parse(file, text)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(story.Name, func(t *testing.T) {
			scenario.Run(t, story, engineFor(t, story))
		})
	}
}

// asPublished are the policies of this repository, compiled once.
var asPublished = sync.OnceValues(func() (*decision.Engine, error) { return engineOf(policies.FS) })

func engineOf(fsys fs.FS) (*decision.Engine, error) {
	revision, err := decision.Load(context.Background(), fsys, decision.Options{})
	if err != nil {
		return nil, err
	}
	return decision.NewEngine(revision), nil
}

// engineFor decides by the published policies, with what the story lays over them.
func engineFor(t *testing.T, story *scenario.Story) *decision.Engine {
	t.Helper()
	engine, err := asPublished()
	if len(story.Overlay) > 0 {
		engine, err = engineOf(overlaid(t, story.Overlay))
	}
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func overlaid(t *testing.T, overlay map[string]string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.FS, path)
		all[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range overlay {
		data := []byte(text)
		if beneath, ok := all[path]; ok && filepath.Ext(path) == ".json" {
			data = merged(t, beneath.Data, data)
		}
		all[path] = &fstest.MapFile{Data: data}
	}
	return all
}

// merged is a JSON merge patch (RFC 7396).
func merged(t *testing.T, below, above []byte) []byte {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(below, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(above, &b); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(patch(a, b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func patch(below, above any) any {
	over, ok := above.(map[string]any)
	if !ok {
		return above
	}
	under, ok := below.(map[string]any)
	if !ok {
		under = map[string]any{}
	}
	for name, value := range over {
		if value == nil {
			delete(under, name)
		} else {
			under[name] = patch(under[name], value)
		}
	}
	return under
}
