package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// Dropped is an input from which something was taken.
type Dropped struct {
	What  string
	Input []byte
}

// grants are the facts that a permit can rest on. That one of them is absent
// must not open anything; that an opt-out is absent rightly does.
var grants = []string{"emergencies", "permissions", "registration", "relationships", "test_orders"}

// Drops makes all inputs with one thing missing: every fact unavailable, every
// grant absent, and every field, at any depth, not there at all.
func Drops(input []byte) ([]Dropped, error) {
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading input: %w", err)
	}
	var out []Dropped
	keep := func(what string) error {
		text, err := json.Marshal(doc)
		out = append(out, Dropped{what, text})
		return err
	}
	facts, _ := doc["facts"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		was := facts[name]
		for _, state := range []string{"unavailable", "absent"} {
			if state == "absent" && !slices.Contains(grants, name) {
				continue
			}
			facts[name] = map[string]any{"state": state}
			if err := keep(name + " " + state); err != nil {
				return nil, err
			}
		}
		facts[name] = was
	}
	return out, without(doc, nil, keep)
}

// without takes each field away in turn.
func without(v any, path []string, keep func(string) error) error {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			was := v[k]
			at := append(slices.Clone(path), k)
			delete(v, k)
			err := keep("without " + strings.Join(at, "."))
			v[k] = was
			if err == nil {
				err = without(was, at, keep)
			}
			if err != nil {
				return err
			}
		}
	case []any:
		for i, item := range v {
			if err := without(item, append(slices.Clone(path), fmt.Sprint(i)), keep); err != nil {
				return err
			}
		}
	}
	return nil
}

// DropEach decides a case again with each thing missing, and says where that
// let more out than the whole did. It gives the number of decisions.
func (s *Case) DropEach(ctx context.Context, whole access.Decision) (int, []string, error) {
	all, err := Drops(whole.Input)
	if err != nil {
		return 0, nil, err
	}
	rev := s.Engine.Revision()
	var wrong []string
	for _, drop := range all {
		d, err := rev.DecideInput(ctx, drop.Input)
		if err != nil {
			return 0, nil, err
		}
		if why := Wider(whole, d); why != "" {
			wrong = append(wrong, drop.What+": "+why)
		}
	}
	return len(all), wrong, nil
}

// Wider says how a decision releases more than another; "" when it does not.
func Wider(was, is access.Decision) string {
	if is.Effect != access.Permit {
		return ""
	}
	if was.Effect != access.Permit {
		return "turned into a permit: " + Describe(is)
	}
	if len(is.Plan.Categories) > 0 && !decision.Within(is.Plan, was.Plan) {
		return fmt.Sprintf("released more: %v, labels %v", is.Plan.Categories, is.Plan.Labels)
	}
	if slices.ContainsFunc(was.Plan.Masks, func(m string) bool { return !slices.Contains(is.Plan.Masks, m) }) {
		return "masked less"
	}
	return ""
}
