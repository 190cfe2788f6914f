// Package policy says when a checkpoint is good: which log must have signed it, and how
// many of which witnesses must have cosigned it (c2sp.org/tlog-policy). A policy is a text
// that anybody can hold, with public keys alone:
//
//	log mcr.example/wend-1+0f1e2d3c+AQ…
//	witness rxa witness.rxa.nhs.uk+4a5b6c7d+BD… https://witness.rxa.nhs.uk/
//	witness rxb witness.rxb.nhs.uk+8e9f0a1b+BC…
//	group trusts 1 rxa rxb
//	quorum trusts
//
// The same file tells a broker where its witnesses are: a witness with an address is
// asked there. A Policy may be used by many goroutines at once.
package policy

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/audit/proof/signed"
)

// Policy is a policy that was read.
type Policy struct {
	logs      []*signed.Verifier
	witnesses []Witness
	parts     map[string]part
	quorum    string // "none", or the name of a part
}

// Witness is one that the policy names.
type Witness struct {
	Name     string
	Verifier *signed.Verifier
	URL      string // "" when it is not asked from here
}

// part is a witness or a group, by what it needs.
type part struct {
	witness  int // index; -1 for a group
	need     int
	children []string
}

// none is the quorum that needs no witness.
const none = "none"

// mostText bounds a policy that is read.
const mostText = 256 << 10

// Parse reads a policy. All that is wrong is reported at once, with the line.
func Parse(text []byte) (*Policy, error) {
	if len(text) > mostText {
		return nil, fmt.Errorf("reading a policy: longer than %d bytes", mostText)
	}
	p := &Policy{parts: map[string]part{}}
	var faults []error
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := p.line(fields); err != nil {
			faults = append(faults, fmt.Errorf("reading a policy: line %d: %w", i+1, err))
		}
	}
	if p.quorum == "" && len(faults) == 0 {
		faults = append(faults, errors.New("reading a policy: a quorum is missing; write: quorum none, or the name of a witness or group"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) line(fields []string) error {
	word, args := fields[0], fields[1:]
	switch word {
	case "log":
		return p.log(args)
	case "witness":
		return p.witness(args)
	case "group":
		return p.group(args)
	case "quorum":
		if len(args) != 1 || p.quorum != "" {
			return errors.New("write one line, quorum and one name")
		}
		if _, ok := p.parts[args[0]]; !ok && args[0] != none {
			return fmt.Errorf("quorum %s: nothing before it has this name", args[0])
		}
		p.quorum = args[0]
		return nil
	default:
		return fmt.Errorf("%q is none of log, witness, group and quorum", word)
	}
}

// log reads: log <verifier key> [<address>]
func (p *Policy) log(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errors.New("write: log <verifier key>")
	}
	v, err := signed.ParseVerifier(args[0])
	if err != nil {
		return err
	}
	if v.IsWitness() {
		return errors.New("this is a witness's verifier key, not a log's")
	}
	p.logs = append(p.logs, v)
	return nil
}

// witness reads: witness <name> <verifier key> [<address>]
func (p *Policy) witness(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New("write: witness <name> <verifier key> [<address>]")
	}
	v, err := signed.ParseVerifier(args[1])
	if err != nil {
		return err
	}
	if !v.IsWitness() {
		return errors.New("this is a log's verifier key, not a witness's")
	}
	w := Witness{Name: args[0], Verifier: v}
	for _, other := range p.witnesses {
		if other.Verifier.String() == v.String() {
			return fmt.Errorf("%s has the key of %s: one that counts twice is no second witness", w.Name, other.Name)
		}
	}
	if len(args) == 3 {
		u, err := url.Parse(args[2])
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("%s: its address must be one of http or https, with neither a password nor a question mark", w.Name)
		}
		w.URL = strings.TrimSuffix(args[2], "/")
	}
	if err := p.name(w.Name, part{witness: len(p.witnesses)}); err != nil {
		return err
	}
	p.witnesses = append(p.witnesses, w)
	return nil
}

// group reads: group <name> <any, all or a number> <name>...
func (p *Policy) group(args []string) error {
	if len(args) < 3 {
		return errors.New("write: group <name> <any, all or a number> <name>...")
	}
	g := part{witness: -1, children: args[2:]}
	switch args[1] {
	case "any":
		g.need = 1
	case "all":
		g.need = len(g.children)
	default:
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > len(g.children) {
			return fmt.Errorf("group %s: %q is neither any, all nor a number from 1 to %d", args[0], args[1], len(g.children))
		}
		g.need = n
	}
	seen := map[string]bool{}
	for _, child := range g.children {
		if _, ok := p.parts[child]; !ok {
			return fmt.Errorf("group %s: nothing before it is named %s", args[0], child)
		}
		if seen[child] {
			return fmt.Errorf("group %s: %s is in it twice", args[0], child)
		}
		seen[child] = true
	}
	return p.name(args[0], g)
}

func (p *Policy) name(name string, one part) error {
	if _, taken := p.parts[name]; taken || name == none {
		return fmt.Errorf("the name %s is taken", name)
	}
	p.parts[name] = one
	return nil
}

// Witnesses gives the witnesses in the order in which they were named.
func (p *Policy) Witnesses() []Witness { return p.witnesses }

// Logs gives the logs that the policy names.
func (p *Policy) Logs() []*signed.Verifier { return p.logs }

// ForLog is a policy that asks for the signature of one log, and for no witness.
func ForLog(v *signed.Verifier) *Policy {
	return &Policy{logs: []*signed.Verifier{v}, parts: map[string]part{}, quorum: none}
}

// WithLogs gives the same policy for other logs: a broker knows its own without a line.
func (p *Policy) WithLogs(logs ...*signed.Verifier) *Policy {
	q := *p
	q.logs = logs
	return &q
}

// NeedsNone says that the quorum needs no witness.
func (p *Policy) NeedsNone() bool { return p.quorum == none }

// Askable says that the quorum can be had of the witnesses that have an address.
func (p *Policy) Askable() bool {
	cosigned := make([]bool, len(p.witnesses))
	for i, w := range p.witnesses {
		cosigned[i] = w.URL != ""
	}
	return p.quorum == none || p.satisfied(p.quorum, cosigned)
}
