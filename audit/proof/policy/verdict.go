package policy

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"golang.org/x/mod/sumdb/note"
)

// ErrNotGood says that a checkpoint does not have the signatures that a policy asks for.
var ErrNotGood = errors.New("the checkpoint is not good by this policy")

// Cosignature is what one witness said: at that time it had seen the log only grow.
type Cosignature struct {
	Witness string // its name in the policy
	Key     string // the name of its key
	At      time.Time
}

// Verdict is what a policy says of a checkpoint.
type Verdict struct {
	Checkpoint   signed.Checkpoint
	Cosignatures []Cosignature // those that were verified
	Lacking      []string      // the witnesses of the policy that did not cosign
	Quorum       string        // in words, what was asked for
}

// Judge verifies a signed checkpoint. It must bear the signature of one of the policy's
// logs, under whose name its origin stands, and the cosignatures of the quorum. A wrong
// signature of anybody whom the policy knows is an error; others' are passed over.
// Every error wraps ErrNotGood and says in words what is wrong; the verdict then holds
// what could be read, of which nothing is proved.
func (p *Policy) Judge(raw []byte) (Verdict, error) {
	v := Verdict{Quorum: p.words()}
	origin, _, _ := strings.Cut(string(raw), "\n")
	verifiers := make([]note.Verifier, 0, len(p.logs)+len(p.witnesses))
	var log *signed.Verifier
	for _, l := range p.logs {
		verifiers = append(verifiers, l)
		if l.Name() == origin && log == nil {
			log = l
		}
	}
	for _, w := range p.witnesses {
		verifiers = append(verifiers, w.Verifier)
	}
	if log == nil {
		return v, fmt.Errorf("%w: it is of the log %q, which the policy does not name", ErrNotGood, origin)
	}
	c, n, err := signed.Open(raw, verifiers...)
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &wrong):
		return v, fmt.Errorf("%w: the signature of %s does not belong to this text: one of the two was altered", ErrNotGood, wrong.Name)
	case err != nil:
		return v, fmt.Errorf("%w: it bears no signature that the policy knows, or is no signed checkpoint", ErrNotGood)
	}
	v.Checkpoint = c
	by := map[string]note.Signature{} // by verifier key
	for _, s := range n.Sigs {
		by[fmt.Sprintf("%s+%08x", s.Name, s.Hash)] = s
	}
	signature := func(k *signed.Verifier) (note.Signature, bool) {
		s, ok := by[fmt.Sprintf("%s+%08x", k.Name(), k.KeyHash())]
		return s, ok
	}
	logSigned := false
	for _, l := range p.logs {
		_, is := signature(l)
		logSigned = logSigned || is && l.Name() == c.Origin
	}
	if !logSigned {
		return v, fmt.Errorf("%w: the log %s itself did not sign it with the key that the policy names", ErrNotGood, c.Origin)
	}
	cosigned := make([]bool, len(p.witnesses))
	for i, w := range p.witnesses {
		s, ok := signature(w.Verifier)
		if !ok {
			v.Lacking = append(v.Lacking, w.Name)
			continue
		}
		at, _ := signed.CosignedAt(s)
		cosigned[i] = true
		v.Cosignatures = append(v.Cosignatures, Cosignature{Witness: w.Name, Key: w.Verifier.Name(), At: at})
	}
	if p.quorum != none && !p.satisfied(p.quorum, cosigned) {
		return v, fmt.Errorf("%w: it needs %s; these did not cosign: %s", ErrNotGood, v.Quorum, strings.Join(v.Lacking, ", "))
	}
	return v, nil
}

func (p *Policy) satisfied(name string, cosigned []bool) bool {
	one := p.parts[name]
	if one.witness >= 0 {
		return cosigned[one.witness]
	}
	n := 0
	for _, child := range one.children {
		if p.satisfied(child, cosigned) {
			n++
		}
	}
	return n >= one.need
}

// words says what the quorum asks for.
func (p *Policy) words() string {
	if p.quorum == none {
		return "no witness"
	}
	return p.partInWords(p.quorum)
}

func (p *Policy) partInWords(name string) string {
	one := p.parts[name]
	if one.witness >= 0 {
		return name
	}
	children := make([]string, len(one.children))
	for i, child := range one.children {
		children[i] = p.partInWords(child)
	}
	return fmt.Sprintf("%d of (%s)", one.need, strings.Join(children, ", "))
}
