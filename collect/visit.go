package collect

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/traceparent"
)

// visit is one source in one collection.
type visit struct {
	c        *Collector
	source   Source
	bearer   string
	trace    traceparent.Parent
	question Question
	left     atomic.Int64 // bytes that the source may still answer
	share    *room.Share  // what the collection holds
	stop     context.CancelFunc
	open     []string    // the categories that were opened by themselves
	ended    atomic.Bool // an answer that ends the visit has come: no more is asked
}

// visit asks one source. Whatever its answers do, they cost this source only.
func (c *Collector) visit(ctx context.Context, s Source, bearer string, trace traceparent.Parent, q Question, share *room.Share) (part Part) {
	began := c.cfg.Clock()
	ctx, stop := context.WithTimeout(ctx, c.cfg.Within)
	defer stop()
	v := &visit{c: c, source: s, bearer: bearer, trace: trace, question: q, share: share, stop: stop}
	v.left.Store(c.cfg.MaxBytes)
	defer func() {
		if what := recover(); what != nil {
			again, ok := what.(panicked)
			if !ok {
				again = panickedWith(what)
			}
			c.cfg.Log.Error("reading a source's answer panicked", "source", s.ID, "trace", trace.Trace(), "type", again.kind, "stack", again.stack)
			part = Part{Status: Failed, Reason: c.told(notUnderstood)}
		}
		part.Source, part.Took = s, c.cfg.Clock().Sub(began)
	}()
	return v.run(ctx)
}

// panicked is a panic that is told without its value, which may hold some of the
// record.
type panicked struct{ kind, stack string }

func panickedWith(what any) panicked {
	return panicked{kind: fmt.Sprintf("%T", what), stack: string(debug.Stack())}
}

// run asks in rounds, since some rules open the whole record and some only parts:
// first who it is, then what tells whether the whole is open, then the rest.
func (v *visit) run(ctx context.Context) Part {
	who := v.ask(ctx, whoIsIt(v.question.Categories), 1)
	if who.ends() || who.kind == failed || who.kind == late { // and so would all others
		return v.assemble(who, nil)
	}
	if who.nobody() { // by none of the person's numbers: the broker knows them all
		return v.assemble(who, nil)
	}
	if len(v.question.Categories) > 0 {
		return v.assemble(who, v.byCategory(ctx, who, v.question.Categories))
	}
	return v.assemble(who, v.everything(ctx, who))
}

// everything asks for all types without narrowing. Where that is refused it asks
// for what rules open apart.
func (v *visit) everything(ctx context.Context, who *answer) []*answer {
	if who.kind == refused { // so is the whole
		return v.byCategory(ctx, who, v.c.cfg.Apart)
	}
	answers := []*answer{v.ask(ctx, wholeRecord[0], v.c.cfg.Pages)}
	if answers[0].kind != refused {
		answers = append(answers, v.each(ctx, wholeRecord[1:])...)
	}
	if slices.ContainsFunc(answers, func(a *answer) bool { return a.kind == refused }) {
		answers = append(answers, v.byCategory(ctx, who, v.c.cfg.Apart)...)
	}
	return answers
}

// byCategory asks for each category's first search, and for the rest of those
// that were not refused.
func (v *visit) byCategory(ctx context.Context, who *answer, categories []string) []*answer {
	var firsts, rest []search
	var groups [][]search
	var asking []string
	for _, category := range categories {
		searches := searchesOf[category]
		if len(searches) == 0 || category == "demographics" && who.kind == refused {
			continue // administrative; and what the broker has refused already
		}
		firsts, asking = append(firsts, searches[0]), append(asking, category)
		groups = append(groups, searches[1:])
	}
	answers := v.each(ctx, firsts)
	for i, a := range answers {
		if a.kind != refused {
			rest = append(rest, groups[i]...)
		}
		if a.kind == got {
			v.open = append(v.open, asking[i])
		}
	}
	return append(answers, v.each(ctx, rest)...)
}

// each makes searches, so many at a time. The answers stand in the order of the
// searches.
func (v *visit) each(ctx context.Context, searches []search) []*answer {
	answers := make([]*answer, len(searches))
	places := make(chan struct{}, v.c.cfg.AtOnce)
	var wait sync.WaitGroup
	var fault atomic.Value
	for i, s := range searches {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			defer func() {
				if what := recover(); what != nil {
					fault.CompareAndSwap(nil, panickedWith(what))
				}
			}()
			answers[i] = v.ask(ctx, s, v.c.cfg.Pages)
		})
	}
	wait.Wait()
	if what := fault.Load(); what != nil {
		panic(what) // told by visit, of which this is a part
	}
	return answers
}

// instant writes a time as the value of a date parameter.
func instant(prefix string, at time.Time) string { return prefix + at.UTC().Format(time.RFC3339) }
