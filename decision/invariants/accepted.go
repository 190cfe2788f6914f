package invariants

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// AcceptedFile is where a folder of policies says who accepts that a change lets out
// more.
const AcceptedFile = folder.AcceptedFile

// Acceptance is one entry of it. It holds for a change from one set of rules to
// another, and for no other: not when the new ones are changed again.
type Acceptance struct {
	From, To string // the digests of the rules, or the first 12 digits or more
	Widening string // a Widening's name
	By, Why  string
	Line     int
}

var digestStart = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// readAccepted reads accepted.yaml. All faults are given at once.
func readAccepted(text []byte) ([]Acceptance, Faults) {
	r := &reader{file: AcceptedFile}
	root := r.document(text)
	if root == nil {
		return nil, r.faults
	}
	var out []Acceptance
	r.mapping(root, "the file", map[string]func(*yaml.Node){
		"accepted": func(n *yaml.Node) {
			if n.Kind != yaml.SequenceNode {
				r.say(n, "accepted: a list is expected here, with a - before each entry")
				return
			}
			for _, item := range n.Content {
				out = append(out, r.acceptance(item))
			}
		},
	})
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return out, r.faults
}

func (r *reader) acceptance(n *yaml.Node) Acceptance {
	a := Acceptance{Line: n.Line}
	r.mapping(n, "an acceptance", map[string]func(*yaml.Node){
		"from":     func(n *yaml.Node) { a.From = r.digest(n, "from", "that were in force") },
		"to":       func(n *yaml.Node) { a.To = r.digest(n, "to", "that are to be in force") },
		"widening": func(n *yaml.Node) { a.Widening = r.words(n, "widening") },
		"by":       func(n *yaml.Node) { a.By = r.words(n, "by") },
		"why":      func(n *yaml.Node) { a.Why = r.words(n, "why") },
	})
	if a.From == "" || a.To == "" || a.Widening == "" || a.By == "" || a.Why == "" {
		r.say(n, "an acceptance says from which rules (from) to which (to), what (widening), who answers for it (by), and why")
	}
	return a
}

func (r *reader) digest(n *yaml.Node, where, which string) string {
	if n.Kind != yaml.ScalarNode || !digestStart.MatchString(n.Value) {
		r.say(n, "%s: give the digest of the rules %s, or its first 12 digits, in quotes", where, which)
	}
	return n.Value
}

// accept finds who accepts which widening.
func (w *Widenings) accept(text string) {
	if text == "" {
		return
	}
	list, faults := readAccepted([]byte(text))
	if w.Faults = faults; len(faults) > 0 {
		return // nothing counts of a file that is not understood
	}
	for _, a := range list {
		if !strings.HasPrefix(w.OldDigest, a.From) || !strings.HasPrefix(w.NewDigest, a.To) {
			continue // of another change
		}
		at := slices.IndexFunc(w.List, func(one Widening) bool { return one.Name == a.Widening })
		switch {
		case at < 0:
			w.Faults = append(w.Faults, Fault{AcceptedFile, a.Line, "nothing is widened by this change that is called " + a.Widening + ": delete it, or write the name as it is shown"})
		case w.List[at].Accepted != nil:
			w.Faults = append(w.Faults, Fault{AcceptedFile, a.Line, "this is accepted twice: leave one of them out"})
		default:
			w.List[at].Accepted = &a
		}
	}
}
