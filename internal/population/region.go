package population

import (
	"fmt"
	"math"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// Generations is how many feeds tell a region's history.
const Generations = 4

// Most is how many patients a region can have: those for whom there are NHS numbers.
const Most = 7_800_000

// supersededOf: one patient in so many had another NHS number before.
const supersededOf = 50

// Region is so many patients and what is known about them.
type Region struct {
	patients int
	numbers  numbers
}

// New gives the region of so many patients, 1 to Most.
func New(patients int) (Region, error) {
	if patients < 1 || patients > Most {
		return Region{}, fmt.Errorf("making a region of %d patients: give 1 to %d", patients, Most)
	}
	return Region{patients: patients, numbers: newNumbers(patients + patients/supersededOf + 1)}, nil
}

// Patients is how many there are.
func (r Region) Patients() int { return r.patients }

// Patient is one of them.
type Patient struct {
	Number     nhs.Number
	Superseded nhs.Number // the one before; zero for nearly all
	// Hospital is where they usually go, and thus an organisation that has a relationship with most.
	Hospital nhs.ODSCode
}

// Patient gives the i-th, 0 to Patients()-1.
func (r Region) Patient(i int) Patient {
	p := Patient{Number: number(r.current(i)), Hospital: organisation(hospitalOf(practiceOf(i, 0)))}
	if at, there := r.superseded(i); there {
		p.Superseded = number(at)
	}
	return p
}

func number(digits uint64) nhs.Number {
	n, err := nhs.ParseNumber(string(appendNumber(nil, digits)))
	if err != nil {
		panic(err) // the arithmetic of number.go is wrong
	}
	return n
}

func organisation(code string) nhs.ODSCode {
	o, err := nhs.ParseODSCode(code)
	if err != nil {
		panic(err)
	}
	return o
}

// current gives the number in use.
func (r Region) current(i int) uint64 { return r.numbers.at(uint64(i)) }

func (r Region) superseded(i int) (uint64, bool) {
	if i%supersededOf != supersededOf-1 {
		return 0, false
	}
	return r.numbers.at(uint64(r.patients + i/supersededOf)), true
}

// firstDay is that of feed 0, and later feeds come a month after each other: in the past for whoever
// imports them, since an import refuses what is said to have happened in the future.
var firstDay = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func day(generation int) time.Time { return firstDay.AddDate(0, generation, 0) }

// How many relationships and permissions a patient has: a Lomax (Pareto II) distribution with the
// exponent 2, of which these are the scales that give the averages, and the most that anybody has.
const (
	relationshipScale, mostRelationships = 10.71, 500
	permissionScale, mostPermissions     = 1.61, 60
)

// spread gives the share of people, 0 to 1, who have less than patient i. The golden
// ratio's multiples fill it evenly, so that a region of any size has the same averages.
func spread(i int, salt uint64) float64 {
	return float64((uint64(i)*0x9e3779b97f4a7c15+mix(salt))>>11) / (1 << 53)
}

func lomax(share, scale float64, most int) int {
	return min(int(scale*(1/math.Sqrt(1-share)-1)), most)
}

func relationshipsOf(i int) int {
	return lomax(spread(i, saltRelationships), relationshipScale, mostRelationships)
}
func permissionsOf(i int) int {
	return lomax(spread(i, saltPermissions), permissionScale, mostPermissions)
}
