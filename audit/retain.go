package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Class is what a record is, for how long it is kept.
type Class string

// The classes.
const (
	AccessClass    Class = "access"    // views that were answered
	ConsentClass   Class = "consent"   // the patient's yes, no, and what was withdrawn
	EmergencyClass Class = "emergency" // declared, or something was seen because of one
	RefusalClass   Class = "refusal"   // what was refused, failed or not understood
	LookClass      Class = "look"      // looks at the trail
	OperationClass Class = "operation" // everything else
	// ReceiptClass are the records on which the proofs of what is gone rest, and the legal
	// holds: they are never retired.
	ReceiptClass Class = "receipt"
)

// Classes are those that have a period.
var Classes = []Class{AccessClass, ConsentClass, EmergencyClass, RefusalClass, LookClass, OperationClass}

// ClassOf gives the class of a record. It is settled here alone; a store that deletes by
// itself translates these lines, and is tested against them.
func ClassOf(r *Record) Class {
	switch {
	case acts[r.Action] != "":
		return ReceiptClass
	case r.IsLook():
		return LookClass
	case r.Action == actionEmergency || r.Emergency != "":
		return EmergencyClass
	case r.Outcome != Released:
		return RefusalClass
	case r.Action == actionView:
		return AccessClass
	case r.Action == actionGiven || r.Action == actionDeclined || r.Action == actionWithdraw:
		return ConsentClass
	}
	return OperationClass
}

// Days is a period.
type Days int

// Periods say for how many days a class is kept, at least one. A class that is not named
// is kept for ever.
type Periods map[Class]Days

// year with its leap days.
const year = Days(366)

// DefaultPeriods keep a record as long as the Records Management Code of Practice (NHS
// England, 2021, Appendix II) has adult health records kept after their last entry: eight
// years; emergencies and the patients' answers, which are asked after longest, ten. The
// Code does not name the trail of a broker: the deployment decides, with its Caldicott
// Guardian and records manager, and puts its own into the file.
func DefaultPeriods() Periods {
	return Periods{
		AccessClass: 8 * year, ConsentClass: 10 * year, EmergencyClass: 10 * year,
		RefusalClass: 8 * year, LookClass: 8 * year, OperationClass: 8 * year,
	}
}

// ParsePeriods reads a file such as {"access":2928,"look":"for ever"}: days by class. A
// class that it does not name is kept for ever.
func ParsePeriods(text []byte) (Periods, error) {
	var file map[Class]any
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("reading periods: %w", err)
	}
	p, faults := Periods{}, []error(nil)
	for class, value := range file {
		days, number := value.(float64)
		switch {
		case !slices.Contains(Classes, class):
			faults = append(faults, fmt.Errorf("reading periods: there is no class %q: want one of %v", class, Classes))
		case value == "for ever":
		case !number || days < 1 || days != float64(Days(days)) || days > 100_000:
			faults = append(faults, fmt.Errorf("reading periods: %s: want a number of days, or \"for ever\"", class))
		default:
			p[class] = Days(days)
		}
	}
	return p, errors.Join(faults...)
}

// Over says whether the period of a record is over.
func (p Periods) Over(r *Record, now time.Time) bool {
	days, limited := p[ClassOf(r)]
	return limited && !r.TimeIn.IsZero() && now.Sub(r.TimeIn) > time.Duration(days)*24*time.Hour
}

// Retirer is a store from which whole runs of records can be taken.
type Retirer interface {
	// Retire takes runs of a chain out of the store, durably, with everything that it
	// holds of them but their number. Runs that are gone already change nothing.
	Retire(ctx context.Context, chain string, runs []RetiredRun) error
}

// Plan is what is to be retired of one chain.
type Plan struct {
	Chain   string
	Runs    []RetiredRun
	Classes map[Class]int
	Held    int // over their period, and kept since a hold lies on them
}

// PlanRetirement walks a chain and finds the runs whose period is over and on which no
// hold lies. The last record of a chain stays: a store knows by it how far it is.
func PlanRetirement(ctx context.Context, trail Trail, chain string, periods Periods, holds []Hold, now time.Time) (Plan, error) {
	plan := Plan{Chain: chain, Classes: map[Class]int{}}
	var open *RetiredRun
	var digest, one Digest // of the open run, and of its last record
	var last Class
	for after := uint64(0); ; {
		entries, err := trail.Entries(ctx, chain, after, 1000)
		if err != nil {
			return plan, fmt.Errorf("planning: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			r := new(Record)
			over := json.Unmarshal(e.Payload, r) == nil && periods.Over(r, now)
			if _, held := HeldBy(holds, r); over && held {
				plan.Held++
				over = false
			}
			if !over || open != nil && (open.Last+1 != e.Seq || e.Seq%BlockRecords == 0) {
				plan.close(&open, digest)
			}
			if over {
				if open == nil {
					open, digest = &RetiredRun{Chain: chain, First: e.Seq}, Digest{}
				}
				open.Last, open.Hash = e.Seq, fmt.Sprintf("%x", e.Hash)
				one = Digest{}
				one.Add(e.Seq, e.Hash, r.ID)
				digest.Join(one)
				last = ClassOf(r)
				plan.Classes[last]++
			}
			after = e.Seq
		}
	}
	if open != nil { // the run ends with the chain: its last record stays
		plan.Classes[last]--
		if open.Last--; open.Last >= open.First {
			before, err := trail.Entries(ctx, chain, open.Last-1, 1)
			if err != nil || len(before) == 0 || before[0].Seq != open.Last {
				return plan, errors.Join(errors.New("planning: the chain changed meanwhile"), err)
			}
			open.Hash = fmt.Sprintf("%x", before[0].Hash)
			digest.Join(one) // out again
			plan.close(&open, digest)
		}
	}
	maps.DeleteFunc(plan.Classes, func(_ Class, n int) bool { return n == 0 })
	return plan, nil
}

func (p *Plan) close(open **RetiredRun, d Digest) {
	if *open != nil {
		(*open).Sum = fmt.Sprintf("%x", d.Sum)
		p.Runs = append(p.Runs, **open)
		*open = nil
	}
}
