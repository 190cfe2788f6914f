package replay

import (
	"context"
	"fmt"
	"hash/fnv"
	"runtime"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
)

// Source gives the documents of records, a batch at a time, in its own order. A batch belongs to
// whom it is given to.
type Source func(ctx context.Context, yield func(documents [][]byte) error) error

// Options say how decisions are made again. Draft is needed.
type Options struct {
	// Draft decides.
	Draft *decision.Revision
	// Before gives the policies that made a decision; nil where they are not kept. Nil: none are.
	// It is asked once for each.
	Before func(ctx context.Context, by decision.DecidedBy) *decision.Revision
	// Own are the own rules of organisations that restrict what the draft permits at their sources, by
	// ODS code, where no record says by which own rules it was decided.
	Own map[string]*decision.Revision
	// OneIn takes one record in so many, by its id: the same ones each time. 0 and 1 take all.
	OneIn int
	// Workers is how many records are decided at once; default: as many as there are processors.
	Workers int
	// Each is told of every change, in the order of the source. Nil: nobody is.
	Each func(*Change) error
	// Progress is told now and then how many records were read. Nil: nobody is.
	Progress func(records int)
}

// run is one replay.
type run struct {
	opt    Options
	mu     sync.Mutex
	known  map[decision.DecidedBy]*decision.Revision
	drafts map[*decision.Revision]*decision.Revision // the draft beside own rules
}

func newRun(opt Options) *run {
	return &run{opt: opt, known: map[decision.DecidedBy]*decision.Revision{}, drafts: map[*decision.Revision]*decision.Revision{}}
}

// Run decides the records of a source again. An error means that there is no report: of a part
// of a trail, nothing is said.
func Run(ctx context.Context, from Source, opt Options) (*Report, error) {
	began := time.Now()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := newRun(opt)
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	batches := make(chan *batch, 2*opt.Workers) // to be worked on
	ordered := make(chan *batch, cap(batches))  // in the order of the source
	var workers sync.WaitGroup
	for range opt.Workers {
		workers.Go(func() {
			for b := range batches {
				r.work(ctx, b)
			}
		})
	}
	read := make(chan error, 1)
	go func() {
		defer close(ordered)
		defer close(batches)
		read <- reading(ctx, from, func(documents [][]byte) error {
			b := &batch{documents: documents, done: make(chan struct{})}
			for _, to := range []chan *batch{batches, ordered} {
				select {
				case to <- b:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			return nil
		})
	}()
	report := newReport(opt.Draft)
	for b := range ordered {
		<-b.done
		if err := r.take(report, b); err != nil {
			stop(err)
		}
	}
	workers.Wait()
	if err := <-read; err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	report.sorted()
	report.Took = time.Since(began)
	return report, nil
}

// reading is the source, of which a fault is an error too.
func reading(ctx context.Context, from Source, yield func([][]byte) error) (err error) {
	defer caught(&err)
	return from(ctx, yield)
}

// batch is what is worked on at once.
type batch struct {
	documents [][]byte
	judged    []judged
	records   int // that were read, those that were not taken included
	fault     error
	done      chan struct{}
}

func (r *run) work(ctx context.Context, b *batch) {
	defer close(b.done)
	defer caught(&b.fault)
	b.records = len(b.documents)
	for _, document := range b.documents {
		if ctx.Err() != nil {
			return
		}
		if j := r.again(ctx, document); j.fate != passed {
			b.judged = append(b.judged, j)
		}
	}
	b.documents = nil
}

// takes says whether a record is in the sample.
func (r *run) takes(id string) bool {
	if r.opt.OneIn <= 1 {
		return true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // it never fails
	return h.Sum64()%uint64(r.opt.OneIn) == 0
}

// caught makes an error of a fault: the console decides again within a program that answers
// clinicians, which no record of any trail may end.
func caught(err *error) {
	if fault := recover(); fault != nil {
		*err = fmt.Errorf("deciding again: fault: %v", fault)
	}
}

func (r *run) take(report *Report, b *batch) error {
	if b.fault != nil {
		return b.fault
	}
	report.Records += b.records
	for i := range b.judged {
		j := &b.judged[i]
		report.add(j)
		if j.other && r.opt.Each != nil {
			if err := r.opt.Each(&j.change); err != nil {
				return err
			}
		}
	}
	if r.opt.Progress != nil {
		r.opt.Progress(report.Records)
	}
	return nil
}

// mostKept bounds the sets of policies that are held at once.
const mostKept = 64

// before gives the policies that made a decision, nil where they are not kept.
func (r *run) before(ctx context.Context, was *audit.Decided) *decision.Revision {
	if r.opt.Before == nil || was.Digest == "" {
		return nil
	}
	by := decision.DecidedBy{Digest: was.Digest}
	if was.Own != "" {
		by.Own, by.Organisation = was.Own, was.SourceOrg
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rev, asked := r.known[by]
	if !asked && len(r.known) < mostKept {
		rev = r.opt.Before(ctx, by)
		r.known[by] = rev
	}
	return rev
}

// draft gives the draft beside the own rules by which a record was decided or, where it does not say,
// those that its organisation has; nil where the former are not kept.
func (r *run) draft(ctx context.Context, was *audit.Decided, by *decision.Revision) *decision.Revision {
	own := r.opt.Own[was.SourceOrg]
	if was.Own != "" {
		if by == nil {
			return nil
		}
		own = by.Own()[was.SourceOrg]
	}
	if own == nil {
		return r.opt.Draft
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rev, made := r.drafts[own]
	if !made && len(r.drafts) < mostKept {
		rev, _ = r.opt.Draft.Beside(map[string]*decision.Revision{was.SourceOrg: own}) // it was loaded beside another
		r.drafts[own] = rev
	}
	return rev
}
