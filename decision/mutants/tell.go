package mutants

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ErrSurvivors says that a fault could be in the policies and nothing would find it,
// or that an explanation is of no use. What it is has been written out.
var ErrSurvivors = errors.New("faults in the policies would not be noticed")

// Write writes the account: the table, each survivor with the case that is missing,
// and the explanations that are of no use.
func (r Report) Write(w io.Writer) error {
	fmt.Fprintf(w, "\n%s\n", r.Table())
	survivors := r.Survivors()
	for i, one := range survivors {
		if i == mostTold {
			fmt.Fprintf(w, "  ... and %d more: put these right first\n", len(survivors)-mostTold)
			break
		}
		fmt.Fprintf(w, "  WRONG %s:%d %s\n", one.File, one.Line, one.Notice())
		fmt.Fprintf(w, "        in: %s\n", oneLine(one.Rule))
		switch {
		case one.Missing != nil:
			fmt.Fprintf(w, "        This case is missing. See that it says what should happen, give it a name that says it too,\n        and add it to %s:\n\n%s\n", one.Beside, indented(one.Missing))
		default:
			fmt.Fprintf(w, "        No case was found that it decides otherwise. Write a Rego test beside the rule that fails with it;\n        or, when it changes nothing, say so in %s:\n\n%s\n", ExplainedFile, explanationOf(one.Mutant))
		}
	}
	for _, s := range r.Stale {
		fmt.Fprintf(w, "  WRONG %s\n", s)
	}
	fmt.Fprintf(w, "%d faults were tried in %s: %s.\n", len(r.Results), r.Took.Round(time.Second), r.outcome())
	if len(survivors)+len(r.Stale) > 0 {
		return fmt.Errorf("trying mutants: %w", ErrSurvivors)
	}
	return nil
}

func (r Report) outcome() string {
	n := r.counts("")
	found := n[ByCheck] + n[ByTests] + n[ByCases] + n[ByInvariants]
	return fmt.Sprintf("%d are found, %d are proved to change nothing, %d are explained in %s, %d would not be noticed",
		found, n[Equal], n[Explained], ExplainedFile, n[Survives])
}

// counts tells how the mutants of an operator fared; "" for all.
func (r Report) counts(operator string) map[string]int {
	n := map[string]int{}
	for _, one := range r.Results {
		if operator == "" || one.Operator == operator {
			n[one.By]++
			n["made"]++
		}
	}
	return n
}

// Table is how each operator fared, in Markdown.
func (r Report) Table() string {
	var b strings.Builder
	columns := []string{ByCheck, ByTests, ByCases, ByInvariants, Equal, Explained, Survives}
	b.WriteString("| operator | what is wrong in the mutant | made | check | Rego tests | cases | invariants | equal | explained | not noticed |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	row := func(name, what, operator string) {
		n := r.counts(operator)
		fmt.Fprintf(&b, "| %s | %s | %d |", name, what, n["made"])
		for _, c := range columns {
			fmt.Fprintf(&b, " %d |", n[c])
		}
		b.WriteString("\n")
	}
	for _, o := range Operators {
		row("`"+o.Name+"`", o.What, o.Name)
	}
	row("all", "", "")
	return b.String()
}

// indented is the case that is missing, from "cases:" on.
func indented(file []byte) string {
	text := string(file)
	if i := strings.Index(text, "\ncases:"); i >= 0 {
		text = text[i+len("\ncases:"):]
	}
	return strings.Trim(text, "\n") + "\n"
}

// explanationOf is an entry for mutants.yaml without its reason.
func explanationOf(m Mutant) string {
	out := fmt.Sprintf("  - file: %s\n    operator: %s\n    rule: %q\n    was: %q\n", m.File, m.Operator, m.Rule, oneLine(m.Was))
	if m.Is != "" {
		out += fmt.Sprintf("    is: %q\n", oneLine(m.Is))
	}
	return out + "    why: \n    by: \n"
}
