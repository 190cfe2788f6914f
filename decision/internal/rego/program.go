package rego

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Program is the plan that OPA's own planner makes of the policies (v1/ir, what
// `opa build -t plan` gives), prepared for the machine. It never changes.
//
// OPA evaluates rules by searching; its planner turns the same rules into steps.
// Running the steps took a small part of the time when it was measured. Replay evaluates by searching,
// so that every decision that is made again checks the machine, and a test
// decides every case both ways (docs/decisions/0007-decisions-run-opas-plan.md).
type Program struct {
	data  *Node
	entry *function
	funcs []*function
	paths map[string]*path
	dots  int              // number of look-ups
	words map[string]*Node // of the steps and of the data's keys: the same text is the same node
}

// path leads to functions by their names, for references such as data.rules[name].
type path struct {
	function *function
	next     map[string]*path
}

// named gives the function with that name, whose parts are values; or nil.
func (p *Program) named(parts []operand, frame []*Node) *function {
	next := p.paths
	for i := range parts {
		v := read(frame, &parts[i])
		if v == nil || v.Kind != Text || next[v.Str] == nil {
			return nil
		}
		if i == len(parts)-1 {
			return next[v.Str].function
		}
		next = next[v.Str].next
	}
	return nil
}

type function struct {
	name   string
	index  int
	arity  int
	params []int
	locals int
	blocks []block
	memo   bool // depends on input and data alone
}

type block []step

// opcode is what a step does; the names are those of package ir.
type opcode uint8

const (
	opReturn opcode = iota
	opCall
	opBuiltin
	opBlock
	opBreak
	opDot
	opLen
	opScan
	opNot
	opAssign
	opAssignOnce
	opReset
	opConstant
	opMakeArray
	opMakeObject
	opMakeSet
	opEqual
	opNotEqual
	opIsKind
	opIsDefined
	opIsUndefined
	opAppend
	opInsert
	opInsertOnce
	opAdd
	opMerge
	opWith
	opDynamic
	opWatch // before the step in its block: see Walk
)

// The locals that hold input and data in every function.
const (
	localInput = int(ir.Input)
	localData  = int(ir.Data)
)

// operand is a local, or a constant when fixed is set.
type operand struct {
	local int
	fixed *Node
}

type step struct {
	op      opcode
	kind    kind
	a, b    operand
	target  int
	key     int     // opScan
	jump    int     // opBreak
	slot    int     // opDot: number of the look-up
	path    bool    // opDot: of a reference that begins with data (data.go)
	keys    []*Node // opWith: what is replaced
	args    []operand
	call    *function
	native  func(*Machine, []*Node) (*Node, bool)
	builtin *ast.Builtin
	eval    topdown.BuiltinFunc
	blocks  []block
}

// ErrNotPlanned says that the policies use what the machine does not know. They
// are then evaluated by searching: slower, and the same.
var ErrNotPlanned = errors.New("the machine does not know this")
