package people

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// byLot draws a person, all but what makes them particular.
func byLot(r *rand.Rand, i int) Person {
	p := Person{Gender: "female", Given: pick(r, girls), Prefix: pick(r, []string{"Mrs", "Ms", "Miss"})}
	if r.IntN(100) < 49 {
		p.Gender, p.Given, p.Prefix = "male", pick(r, boys), "Mr"
	}
	p.Family = pick(r, families)
	born := time.Date(1931+r.IntN(88), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	p.Born = born.Format(time.DateOnly)
	town := pick(r, towns)
	p.Address = Address{
		Line: fmt.Sprintf("%d %s", 1+r.IntN(140), pick(r, streets)), Town: town.town, County: town.county,
		Postcode: fmt.Sprintf("ZZ99 %d%c%c", 1+r.IntN(9), letter(r), letter(r)),
	}
	p.Phone = fmt.Sprintf("07700 900%03d", r.IntN(1000))
	p.GP = "gp-riverside"
	if i%2 == 1 {
		p.GP = "gp-hillview"
	}
	return p
}

// age is the person's age on the day up to which the records are written.
func (p Person) age() int {
	born, err := time.Parse(time.DateOnly, p.Born)
	if err != nil {
		return 0
	}
	years := asOf.Year() - born.Year()
	if asOf.YearDay() < born.YearDay() {
		years--
	}
	return years
}

// fitting are the problems that somebody of this age may have.
func (p Person) fitting() []problem {
	var out []problem
	for _, one := range problems {
		if p.age() >= one.from {
			out = append(out, one)
		}
	}
	return out
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// some draws up to n different ones.
func some[T any](r *rand.Rand, from []T, n int) []T {
	var out []T
	for _, i := range r.Perm(len(from)) {
		if len(out) == n {
			break
		}
		out = append(out, from[i])
	}
	return out
}

func letter(r *rand.Rand) byte { return "ABDEFGHJLNPQRSTUWXYZ"[r.IntN(20)] }

// day gives the date so many days before the records end.
func day(ago int) string { return asOf.AddDate(0, 0, -ago).Format(time.DateOnly) }

// moment gives a time of that day, at which somebody would be at work.
func moment(r *rand.Rand, ago int) string {
	d := asOf.AddDate(0, 0, -ago)
	return time.Date(d.Year(), d.Month(), d.Day(), 8+r.IntN(10), 5*r.IntN(12), 0, 0, time.UTC).Format(time.RFC3339)
}
