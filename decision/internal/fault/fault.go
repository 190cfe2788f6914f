// Package fault is what is wrong with a folder of policies, as a value: where it
// is, what it is and what to do. Whoever finds a fault makes one; one writer tells
// them all, each once, to somebody who is no programmer.
package fault

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Fault is one thing that is wrong.
type Fault struct {
	File   string   // within the folder; "" when it is about the folder as a whole
	Line   int      // from 1; 0 when it is about the whole file
	Column int      // from 1, in characters; 0 when the whole line is meant
	Path   []string // where in a JSON file it is, for whoever can tell the line of it
	What   string   // what is wrong: a sentence without a full stop
	Do     string   // what to do: an order without a full stop; "" when What says it
}

// Error says it in one line, as a log would.
func (f Fault) Error() string {
	out := ""
	if f.File != "" {
		out = f.File + ":"
		if f.Line > 0 {
			out += fmt.Sprintf("%d:", f.Line)
		}
		out += " "
	}
	out += f.What
	if f.Do != "" {
		out += ": " + f.Do
	}
	return out
}

// In says that a whole file has a fault.
func In(file, do, what string, args ...any) Fault {
	return Fault{File: file, What: fmt.Sprintf(what, args...), Do: do}
}

// At says that a value of a JSON file has a fault. Whoever knows the file says which.
func At(path []string, do, what string, args ...any) Fault {
	return Fault{Path: path, What: fmt.Sprintf(what, args...), Do: do}
}

// List are faults.
type List []Fault

// InOrder sorts by place and leaves each fault once.
func (l List) InOrder() List {
	slices.SortStableFunc(l, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.What, b.What))
	})
	return slices.CompactFunc(l, func(a, b Fault) bool { return a.File == b.File && a.Line == b.Line && a.What == b.What })
}

// Of gives the faults that an error holds. An error that is none becomes one that
// is about the folder as a whole.
func Of(err error) List {
	switch e := err.(type) { //nolint:errorlint // it goes through what is joined, one by one
	case nil:
		return nil
	case Fault:
		return List{e}
	case interface{ Unwrap() []error }:
		var out List
		for _, one := range e.Unwrap() {
			out = append(out, Of(one)...)
		}
		return out
	}
	var one Fault
	if errors.As(err, &one) {
		return List{one}
	}
	return List{{What: err.Error()}}
}
