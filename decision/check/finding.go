package check

import "time"

// Finding is one thing that was tried, with what came of it.
type Finding struct {
	Kind Kind
	Name string
	File string // from the folder: rules/opt_out/opt_out_test.rego; "" when it is of no one file
	Line int    // 0 when it is of none
	// Wrong says in words what is not as it should be. Nothing: it passed.
	Wrong []string
	Text  string // what came of it, where it passed
	Took  time.Duration
}

// Kind says what was tried.
type Kind string

// The kinds of findings of Try.
const (
	OfFault    Kind = "fault"      // of the folder: nothing could be tried
	OfTest     Kind = "test"       // a Rego test beside a rule
	OfCase     Kind = "case"       // a decision case
	OfDrops    Kind = "drop-proof" // a case again, each time with something missing
	OfCoverage Kind = "coverage"
)

// Passed says that all is as it should be.
func (f Finding) Passed() bool { return len(f.Wrong) == 0 }

func ofFault(f Fault) Finding {
	return Finding{Kind: OfFault, Name: f.What, File: f.File, Line: f.Line, Wrong: []string{f.Error()}}
}
