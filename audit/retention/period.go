package retention

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
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
func ClassOf(r *audit.Record) Class {
	switch action := access.Action(r.Action); {
	case audit.ActWords(r.Action) != "":
		return ReceiptClass
	case r.IsLook():
		return LookClass
	case action == access.DeclareEmergency || r.Emergency != "":
		return EmergencyClass
	case r.Outcome != audit.Released:
		return RefusalClass
	case action == access.View:
		return AccessClass
	case action == access.RecordPermission || action == access.RecordRefusal || action == access.Withdraw:
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

// DefaultPeriods follow the Records Management Code of Practice (NHS England, 2021,
// Appendix II), which has adult health records kept for at least eight years;
// emergencies and the patients' answers, which are asked after longest, ten. The Code
// counts from when a record is no longer operational, Periods from the record's own
// time, and it does not name the trail of a broker: the deployment decides, with its
// Caldicott Guardian and records manager, and says its own in the Caddyfile.
func DefaultPeriods() Periods {
	return Periods{
		AccessClass: 8 * year, ConsentClass: 10 * year, EmergencyClass: 10 * year,
		RefusalClass: 8 * year, LookClass: 8 * year, OperationClass: 8 * year,
	}
}

// ParsePeriods reads a file such as {"access":2928,"look":"forever"}: days by class. A
// class that it does not name is kept for ever too.
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
		case value == "forever":
		case !number || days < 1 || days != float64(Days(days)) || days > 100_000:
			faults = append(faults, fmt.Errorf("reading periods: %s: want a number of days, or \"forever\"", class))
		default:
			p[class] = Days(days)
		}
	}
	return p, errors.Join(faults...)
}

// Over says whether the period of a record is over.
func (p Periods) Over(r *audit.Record, now time.Time) bool {
	days, limited := p[ClassOf(r)]
	return limited && !r.TimeIn.IsZero() && now.Sub(r.TimeIn) > time.Duration(days)*24*time.Hour
}
