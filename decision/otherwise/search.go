package otherwise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/nhs"
)

// Options bound a search. The zero Options are fit for use.
type Options struct {
	Most      int           // of what is offered. Zero: 5
	Decisions int           // that are made. Zero: 50,000
	Within    time.Duration // that it may take. Zero: 10 s
}

// Found is what came of a search.
type Found struct {
	Was    access.Decision
	Offers []Offer // the smallest and plainest first
	// One and Two are how many inputs were decided with one edit and with two.
	One, Two int
	// Whole says that all edits of one thing were decided, and of two where they were gone
	// into; Entries that every entry of every list was among them.
	Whole, Entries bool
	most           int
}

// search is one search.
type search struct {
	rev    *decision.Revision
	doc    document
	was    access.Decision
	left   int
	ending time.Time
	edits  []edit
	enough [][]access.Effect // of each edit: what it alone makes of the decision
	offers []Offer
}

var errEnd = errors.New("it was searched long enough")

// Find looks for the smallest changes with which a revision decides an input otherwise. An
// input that cannot be read, and a context that ends, are errors; so is a decision that OPA's
// evaluator does not confirm.
func Find(ctx context.Context, rev *decision.Revision, input []byte, opt Options) (Found, error) {
	opt = Options{cmp.Or(opt.Most, 5), cmp.Or(opt.Decisions, 50_000), cmp.Or(opt.Within, 10*time.Second)}
	doc, err := readDocument(input)
	if err != nil {
		return Found{}, fmt.Errorf("searching what would decide otherwise: %w", err)
	}
	was, err := rev.DecideInput(ctx, input)
	if err != nil {
		return Found{}, fmt.Errorf("searching what would decide otherwise: %w", err)
	}
	was.Input = input
	scene := newScene(rev, doc)
	s := &search{rev: rev, doc: doc, was: was, left: opt.Decisions, ending: time.Now().Add(opt.Within)}
	for _, e := range scene.edits {
		if was.Effect == access.Indeterminate || e.toward == either || (e.toward == opens) == (was.Effect == access.Deny) {
			s.edits = append(s.edits, e)
		}
	}
	found := Found{Was: was, Entries: !scene.cut, most: opt.Most}
	err = s.one(ctx, &found)
	if err == nil {
		err = s.two(ctx, &found)
	}
	if found.Whole = err == nil; err != nil && !errors.Is(err, errEnd) {
		return Found{}, fmt.Errorf("searching what would decide otherwise: %w", err)
	}
	found.Offers = s.best(opt.Most)
	return found, confirm(ctx, rev, found.Offers)
}

// one tries each edit alone.
func (s *search) one(ctx context.Context, f *Found) error {
	s.enough = make([][]access.Effect, len(s.edits))
	for i := range s.edits {
		o, other, err := s.try(ctx, &s.edits[i])
		if err != nil {
			return err
		}
		f.One++
		if other {
			s.enough[i] = append(s.enough[i], o.Decision.Effect)
			s.offers = append(s.offers, o)
		}
	}
	return nil
}

// two tries two edits together: two facts; and, while nothing was found, a fact with the
// question, or two things of the question. What one fact does alone is not told again with
// another beside it.
func (s *search) two(ctx context.Context, f *Found) error {
	told := map[string]bool{}
	for _, o := range s.offers {
		told[o.Changes[0].About+" "+string(o.Decision.Effect)] = true
	}
	for _, questions := range []int{0, 1, 2} {
		if questions > 0 && len(s.offers) > 0 {
			break
		}
		for i := range s.edits {
			for j := i + 1; j < len(s.edits); j++ {
				a, b := &s.edits[i], &s.edits[j]
				n := 0
				for _, e := range []*edit{a, b} {
					if e.question {
						n++
					}
				}
				if n != questions || !a.fits(b) {
					continue
				}
				o, other, err := s.try(ctx, a, b)
				if err != nil {
					return err
				}
				f.Two++
				effect := o.Decision.Effect
				if other && !slices.Contains(s.enough[i], effect) && !slices.Contains(s.enough[j], effect) &&
					!told[a.kind+" "+string(effect)] && !told[b.kind+" "+string(effect)] {
					s.offers = append(s.offers, o)
				}
			}
		}
	}
	return nil
}

// try decides the input with some edits, and says whether it is decided otherwise.
func (s *search) try(ctx context.Context, edits ...*edit) (Offer, bool, error) {
	if err := ctx.Err(); err != nil {
		return Offer{}, false, err
	}
	if s.left--; s.left < 0 || !time.Now().Before(s.ending) {
		return Offer{}, false, errEnd
	}
	doc := s.doc.copy()
	o := Offer{}
	for _, e := range edits {
		e.do(doc)
		words := e.lead + e.words
		if edits[0].kind == answers {
			words = e.words
		}
		o.Changes = append(o.Changes, Change{About: e.kind, Question: e.question, Words: nhs.WithoutNumbers("Had " + words)})
		o.rank += e.rank
		o.question = o.question || e.question
	}
	var err error
	if o.Input, err = doc.text(); err != nil {
		return o, false, err
	}
	if o.Decision, err = s.rev.DecideInput(ctx, o.Input); err != nil {
		return o, false, err
	}
	o.Decision.Input = o.Input
	return o, o.Decision.Effect != s.was.Effect && o.Decision.Effect != "", nil
}

// best are the offers to be told: of each kind the plainest.
func (s *search) best(most int) []Offer {
	wait := func(o *Offer) int { // what only could not be told comes last; of what could not, a permit first
		switch {
		case o.Decision.Effect == access.Indeterminate:
			return 2
		case s.was.Effect == access.Indeterminate && o.Decision.Effect == access.Deny:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(s.offers, func(a, b Offer) int {
		return cmp.Or(len(a.Changes)-len(b.Changes), wait(&a)-wait(&b), boolInt(a.question)-boolInt(b.question), a.rank-b.rank, strings.Compare(a.Told(), b.Told()))
	})
	var out []Offer
	two := -1 // the first of two facts
	seen := map[string]bool{}
	for _, o := range s.offers {
		var kinds []string
		for _, c := range o.Changes {
			kinds = append(kinds, c.About)
		}
		slices.Sort(kinds)
		k := strings.Join(kinds, "+")
		if s.was.Effect == access.Indeterminate {
			k += " " + string(o.Decision.Effect)
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		if two < 0 && len(o.Changes) == 2 && !o.question {
			two = len(out)
		}
		out = append(out, o)
	}
	if len(out) <= most {
		return out
	}
	// What would end two grounds on which a permit rests is told, though much else would end
	// any permit.
	if two >= most {
		return append(out[:most-1:most-1], out[two])
	}
	return out[:most]
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// confirm has OPA's own evaluator decide what is offered: the two must agree.
func confirm(ctx context.Context, rev *decision.Revision, offers []Offer) error {
	engine := decision.NewEngine(rev)
	for _, o := range offers {
		again, err := engine.Replay(ctx, o.Input)
		if err != nil {
			return fmt.Errorf("confirming what would decide otherwise: %w", err)
		}
		if !decision.Same(o.Decision, again) {
			return fmt.Errorf("confirming what would decide otherwise: OPA’s evaluator decides %s otherwise", o.Input)
		}
	}
	return nil
}
