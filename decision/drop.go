package decision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// dropped is an input from which something was taken.
type dropped struct {
	what  string
	input []byte
}

// grants are the facts that a permit can rest on. That one of them is absent
// must not open anything; that an opt-out is absent rightly does.
var grants = []string{"emergencies", "permissions", "registration", "relationships", "test_orders"}

// drops makes all inputs with one thing missing: every fact unavailable, every
// grant absent, and every field, at any depth, not there at all.
func drops(input []byte) ([]dropped, error) {
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading input: %w", err)
	}
	var out []dropped
	keep := func(what string) error {
		text, err := json.Marshal(doc)
		out = append(out, dropped{what, text})
		return err
	}
	facts, _ := doc["facts"].(map[string]any)
	for _, name := range sorted(facts) {
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
		for _, k := range sorted(v) {
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

// dropEach decides a case again with each thing missing, and says where that
// let more out than the whole did. It gives the number of decisions.
func (s *storedCase) dropEach(ctx context.Context, whole access.Decision) (int, []string, error) {
	all, err := drops(whole.Input)
	if err != nil {
		return 0, nil, err
	}
	rev := s.engine.Revision()
	var wrong []string
	for _, drop := range all {
		d, err := rev.decideInput(ctx, drop.input)
		if err != nil {
			return 0, nil, err
		}
		if why := wider(whole, d); why != "" {
			wrong = append(wrong, drop.what+": "+why)
		}
	}
	return len(all), wrong, nil
}

// decideInput decides an input document by the machine, as Decide does.
func (r *Revision) decideInput(ctx context.Context, input []byte) (access.Decision, error) {
	value, err := parseInput(input)
	if err != nil {
		return access.Decision{}, err
	}
	m := machines.Get().(*machine)
	defer machines.Put(m)
	m.arena.reset()
	in, err := fromAST(&m.arena, value)
	if err != nil {
		return access.Decision{}, err
	}
	d, err := r.evaluate(ctx, m, in, input, actionOf(value))
	if err != nil {
		d = unclear(r, input)
	}
	return d, nil
}

// wider says how a decision releases more than another; "" when it does not.
func wider(was, is access.Decision) string {
	if is.Effect != access.Permit {
		return ""
	}
	if was.Effect != access.Permit {
		return "turned into a permit: " + describe(is)
	}
	a := release{categories: is.Plan.Categories, labels: is.Plan.Labels}
	if len(a.categories) > 0 && !within(a, release{categories: was.Plan.Categories, labels: was.Plan.Labels}) {
		return fmt.Sprintf("released more: %v, labels %v", is.Plan.Categories, is.Plan.Labels)
	}
	if !subset(was.Plan.Masks, is.Plan.Masks) {
		return "masked less"
	}
	return ""
}
