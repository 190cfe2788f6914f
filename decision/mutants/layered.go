package mutants

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision"
)

// layered is a folder with some of its files otherwise, by path.
type layered struct {
	folder fs.FS
	over   map[string]string
}

// Open opens a file of the folder; one that is otherwise has the folder's name and
// times, and its own text.
func (l layered) Open(name string) (fs.File, error) {
	f, err := l.folder.Open(name)
	if text, ok := l.over[name]; ok && err == nil {
		return &otherwise{File: f, text: strings.NewReader(text)}, nil
	}
	return f, err
}

type otherwise struct {
	fs.File
	text *strings.Reader
}

func (o *otherwise) Read(p []byte) (int, error) { return o.text.Read(p) }

// planned loads a mutant, or the folder as it is, for the machine that decides
// fast: worth it where it is asked thousands of times. The settings are those of a
// file of cases.
func planned(ctx context.Context, fsys fs.FS, m *Mutant, settings map[string]any) (*decision.Engine, error) {
	over := map[string]string{}
	if m != nil {
		text, err := m.Text()
		if err != nil {
			return nil, err
		}
		over[m.File] = text
	}
	if len(settings) > 0 {
		const file = "data/settings.json"
		text, err := fs.ReadFile(layered{fsys, over}, file)
		if err != nil {
			return nil, err
		}
		doc, err := decoded(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		over[file] = encoded(merged(doc, settings))
	}
	rev, err := decision.Load(ctx, layered{fsys, over}, decision.Options{Revision: "mutant", Limit: time.Minute})
	if err != nil {
		return nil, err
	}
	return decision.NewEngine(rev), nil
}

func merged(doc, over map[string]any) map[string]any {
	out := doc
	for k, v := range over {
		inner, ok := v.(map[string]any)
		if below, both := doc[k].(map[string]any); ok && both {
			v = merged(below, inner)
		}
		out = with(out, k, v)
	}
	return out
}

// engines are those of one mutant, by the settings of files of cases.
type engines struct {
	fsys   fs.FS
	mutant *Mutant
	all    map[string]*decision.Engine
}

func (e *engines) of(ctx context.Context, settings map[string]any) (*decision.Engine, error) {
	key, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	if e.all[string(key)] == nil {
		if e.all == nil {
			e.all = map[string]*decision.Engine{}
		}
		if e.all[string(key)], err = planned(ctx, e.fsys, e.mutant, settings); err != nil {
			return nil, err
		}
	}
	return e.all[string(key)], nil
}
