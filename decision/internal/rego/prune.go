package rego

// OPA's planner unrolls data.mcr.rules[name].deny: for each rule it asks for the rule's own
// deny, or, where it has none, for one that the loaded data may have; and last it goes through
// the data for further names. Of a program whose data is known, and that replaces none of it,
// most of that comes to nothing, each time. It is left out.

// prune leaves out of a program what cannot come to anything: what stands behind a look-up in
// the data of a name that is not there, and what was only made for it.
func (p *Program) prune() {
	if p.data == nil || p.data.Kind != Object {
		return
	}
	for _, fn := range p.funcs {
		for _, b := range fn.blocks {
			if replaces(b) {
				return
			}
		}
	}
	for _, fn := range p.funcs {
		x := pruner{data: p.data, reads: map[int]int{}}
		for _, b := range fn.blocks {
			x.count(b, x.reads, 1)
		}
		for i, b := range fn.blocks {
			fn.blocks[i], _ = x.block(b)
		}
	}
}

// replaces says that some step puts something else in the place of the data, or of a rule.
func replaces(b block) bool {
	for i := range b {
		if b[i].op == opWith || b[i].op == opDynamic {
			return true
		}
		for _, below := range b[i].blocks {
			if replaces(below) {
				return true
			}
		}
	}
	return false
}

// pruner prunes one function.
type pruner struct {
	data  *Node
	reads map[int]int // of each local: how many steps read it
}

// block prunes a block. fails: it ends there without anything said, whatever the input is, and
// changes nothing before, so that a list of blocks can do without it.
func (x *pruner) block(b block) (out block, fails bool) {
	for i := range b {
		s := b[i]
		if s.op == opBlock {
			if s = x.inner(s); s.op == opBlock && len(s.blocks) == 0 {
				continue
			}
		}
		out = append(out, s)
		if !x.never(&s) && s.op != opBreak {
			continue
		}
		if s.op == opBreak && s.jump > 0 {
			return out, false // behind a break nothing is reached
		}
		kept := x.effective(out[:len(out)-1], b)
		return append(kept, s), len(kept) == 0
	}
	return out, false
}

// inner prunes the blocks of a step, and takes the step's own level away where it is a break
// and nothing else.
func (x *pruner) inner(s step) step {
	var kept []block
	for _, b := range s.blocks {
		pruned, fails := x.block(b)
		if fails || len(pruned) == 0 {
			continue
		}
		kept = append(kept, pruned)
		if pruned[0].op == opBreak {
			break // leaves the step
		}
	}
	s.blocks = kept
	if len(kept) == 1 && kept[0][0].op == opBreak {
		return step{op: opBreak, jump: kept[0][0].jump - 1}
	}
	return s
}

// never says that a step looks up what the data does not have.
func (x *pruner) never(s *step) bool {
	return s.op == opDot && s.a.fixed == nil && s.a.local == localData && s.b.fixed != nil && s.b.fixed.Kind == Text && x.data.At(s.b.fixed) == nil
}

// effective leaves out the last of some steps that only make values which nothing reads: of is
// the block that they began, in which they are read by nothing that is reached.
func (x *pruner) effective(steps, of block) block {
	within := map[int]int{}
	x.count(of, within, 1)
	for len(steps) > 0 {
		s := &steps[len(steps)-1]
		switch s.op {
		case opMakeArray, opMakeObject, opMakeSet, opConstant, opAssign, opAdd, opAppend, opDot:
		default:
			return steps
		}
		if x.reads[s.target] > within[s.target] {
			return steps
		}
		if s.op == opAdd || s.op == opAppend { // to what was made here, and not before
			made := false
			for i := range steps {
				made = made || steps[i].target == s.target && (steps[i].op == opMakeSet || steps[i].op == opMakeArray)
			}
			if !made {
				return steps
			}
		}
		steps = steps[:len(steps)-1]
	}
	return steps
}

// count notes how often a block's steps read each local, by its value.
func (x *pruner) count(b block, reads map[int]int, n int) {
	for i := range b {
		s := &b[i]
		for _, o := range append([]operand{s.a, s.b}, s.args...) {
			if o.fixed == nil {
				reads[o.local] += n
			}
		}
		switch s.op {
		case opAdd, opAppend, opInsert, opInsertOnce, opAssignOnce: // they change what is there
			reads[s.target] += n
		}
		for _, below := range s.blocks {
			x.count(below, reads, n)
		}
	}
}
