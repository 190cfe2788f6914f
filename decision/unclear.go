package decision

import (
	"errors"
	"sync/atomic"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// Cause is why the rules gave no clear answer.
type Cause string

// The causes, of which Engine.Unclear counts.
const (
	NoneInForce Cause = "none-in-force" // no revision decides
	TooLong     Cause = "too-long"      // the limit of a decision
	OddAnswer   Cause = "odd-answer"    // an answer that is none
	RulesFailed Cause = "rules-failed"  // a conflict of rules, a built-in's error
)

// Causes are all there are.
var Causes = []Cause{NoneInForce, TooLong, OddAnswer, RulesFailed}

// tally counts decisions that were unclear, in the order of Causes.
type tally [4]atomic.Uint64

func (t *tally) add(c Cause) {
	for i, one := range Causes {
		if one == c {
			t[i].Add(1)
		}
	}
}

// Unclear says how many decisions were policy-unclear, by cause, since the engine was made.
// What the rules themselves call unknown, such as a fact that cannot be looked up, is not
// among them: it is a clear answer.
func (e *Engine) Unclear() map[Cause]uint64 {
	all := make(map[Cause]uint64, len(Causes))
	for i, c := range Causes {
		all[c] = e.unclear[i].Load()
	}
	return all
}

func causeOf(err error) Cause {
	switch {
	case rego.TooLong(err):
		return TooLong
	case errors.Is(err, errOdd):
		return OddAnswer
	}
	return RulesFailed
}
