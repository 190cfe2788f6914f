package rules

import (
	"context"
	"io/fs"
	"strings"

	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/mutants"
)

// Prove is the Prover of a deployment: it takes one processor for some seconds.
func Prove(ctx context.Context, fsys fs.FS) (*Proof, error) {
	report, err := invariants.Beside.Prove(ctx, fsys)
	if err != nil {
		return nil, err
	}
	p := &Proof{Decisions: report.Decisions, Bounds: report.Bounds, Took: report.Took}
	var states []string
	for _, n := range report.States {
		states = append(states, invariants.Thousands(n))
	}
	p.States = strings.Join(states, " and ")
	for i := range report.Results {
		r := &report.Results[i]
		one := Invariant{Name: r.Name, Promise: r.Promise, File: r.File, Line: r.Line, States: invariants.Thousands(r.States), Held: r.Held()}
		if r.Broken.Sign() > 0 {
			one.Broken = invariants.Thousands(r.Broken)
		}
		if c := r.Smallest; c != nil {
			one.Given, one.When, one.Decision = c.Given, c.When, c.Decision
		}
		p.Invariants = append(p.Invariants, one)
	}
	return p, nil
}

// Survivors is the Mutants of a deployment: what is kept of the last run in the folder itself.
func Survivors(fsys fs.FS) (*Mutation, error) {
	said, err := mutants.Last(fsys)
	if err != nil {
		return nil, err
	}
	kept, _, err := mutants.ReadRecord(fsys)
	if err != nil {
		return nil, err
	}
	m := &Mutation{Said: said, Survivors: kept.NotNoticed, Unnoticed: kept.Unnoticed}
	excuses, err := mutants.Excuses(fsys)
	for _, e := range excuses {
		m.Explained = append(m.Explained, Explained(e))
	}
	return m, err
}

var (
	_ Prover  = Prove
	_ Mutants = Survivors
)
