package people

import "math/rand/v2"

// The sources of the region, by id.
const (
	riverside    = "gp-riverside"
	hillview     = "gp-hillview"
	stAldhelm    = "acute-st-aldhelm"
	northmoor    = "acute-northmoor"
	wendValley   = "community-wend-valley"
	larkfield    = "mental-health-larkfield"
	eastmere     = "mental-health-eastmere"
	ambulance    = "ambulance-three-counties"
	wend111      = "nhs-111-wend"
	outOfHours   = "out-of-hours-wend"
	wendshire    = "council-wendshire"
	marlshire    = "council-marlshire"
	onTheBooks   = "" // a tie that has not ended
	longStanding = 2200
)

var sourceIDs = []string{
	riverside, hillview, stAldhelm, northmoor, wendValley, larkfield, eastmere,
	ambulance, wend111, outOfHours, wendshire, marlshire,
}

// chances are how often, of a hundred people, an organisation holds a record,
// and how often the tie still lasts.
var chances = []struct {
	source, kind   string
	holds, lasting int
}{
	{stAldhelm, "episode", 62, 45},
	{northmoor, "referral", 30, 40},
	{wendValley, "caseload", 26, 60},
	{larkfield, "referral", 11, 60},
	{eastmere, "caseload", 7, 60},
	{ambulance, "call", 17, 15},
	{wend111, "call", 24, 10},
	{outOfHours, "call", 14, 10},
	{wendshire, "caseload", 14, 70},
	{marlshire, "caseload", 9, 70},
}

// spread decides which organisations hold a record about a person.
func spread(r *rand.Rand, p Person) []Tie {
	ties := []Tie{{Source: p.GP, Kind: "registration", Start: day(400 + r.IntN(longStanding))}}
	if r.IntN(100) < 6 { // moved from the other practice, which keeps its record
		other := riverside
		if p.GP == riverside {
			other = hillview
		}
		ties = append(ties, Tie{Source: other, Kind: "registration", Start: day(longStanding + 900), End: ties[0].Start})
	}
	older := p.age() / 4 // the old are better known
	for _, c := range chances {
		if r.IntN(100) >= c.holds+older-8 {
			continue
		}
		tie := Tie{Source: c.source, Kind: c.kind, Start: day(30 + r.IntN(500))}
		if c.source == stAldhelm && r.IntN(100) < 20 {
			tie.Kind = "admission"
		}
		if r.IntN(100) >= c.lasting {
			tie.End = day(r.IntN(25))
		}
		ties = append(ties, tie)
	}
	if p.Has(SupersededNumber) && len(ties) > 1 {
		ties[len(ties)-1].OldNumber = true
	}
	return ties
}
