package people

import "slices"

// Flags: what is particular about a person. The first ones name the parts of
// the story that the demo tells; the rest may stand on anyone.
const (
	OwnRecord        = "own-record"         // seen by their own practice; routine results at the hospital
	AsksPermission   = "permission"         // in the care of St Aldhelm's, which has to ask
	TestOrder        = "test-order"         // an open order names Northmoor's laboratory
	OptedOut         = "opted-out"          // does not share across organisations
	Restricted       = "restricted"         // PDS confidentiality: address and whereabouts protected
	SupersededNumber = "superseded-number"  // has had another NHS number
	Deceased         = "deceased"           //
	NationalOptOut   = "national-opt-out"   // secondary uses only: changes nothing for direct care
	Sensitive        = "sensitive"          // the record holds items that are sensitive or labelled so
	Professional     = "professional"       // works in the region: the community nurse
	EpisodeEnded     = "relationship-ended" // was in the care of St Aldhelm's
	OrderClosed      = "test-order-closed"  // Northmoor's order was completed long ago
	Everywhere       = "every-source"       // every source holds a record
	Moved            = "moved-practice"     // both practices hold a record
)

// teller is one person of the story.
type teller struct {
	prefix, given, family, gender, born, gp string
	flags                                   []string
	ties                                    []Tie
}

func (t teller) tell(p Person) Person {
	p.Prefix, p.Given, p.Family, p.Gender, p.Born, p.GP, p.Flags = t.prefix, t.given, t.family, t.gender, t.born, t.gp, t.flags
	p.Ties = append([]Tie{{Source: t.gp, Kind: "registration", Start: "2015-06-01"}}, t.ties...)
	return p
}

var story = []teller{
	{"Mrs", "Alice", "Ashdown", "female", "1958-02-11", riverside, []string{OwnRecord},
		[]Tie{{Source: stAldhelm, Kind: "referral", Start: "2024-11-04"}}},
	{"Mr", "Brian", "Birch", "male", "1949-07-30", riverside, []string{AsksPermission},
		[]Tie{{Source: stAldhelm, Kind: "admission", Start: "2025-03-27"}, {Source: wend111, Kind: "call", Start: "2025-03-26", End: "2025-03-26"}}},
	{"Ms", "Carol", "Cedar", "female", "1971-12-02", riverside, []string{TestOrder},
		[]Tie{{Source: northmoor, Kind: "referral", Start: "2025-03-18"}}},
	{"Mr", "David", "Dale", "male", "1963-04-19", riverside, []string{OptedOut},
		[]Tie{{Source: stAldhelm, Kind: "episode", Start: "2025-02-03"}, {Source: ambulance, Kind: "call", Start: "2025-02-03", End: "2025-02-03"}}},
	{"Miss", "Edith", "Elm", "female", "1990-09-08", hillview, []string{Restricted},
		[]Tie{{Source: stAldhelm, Kind: "episode", Start: "2025-01-13"}, {Source: wendshire, Kind: "caseload", Start: "2024-10-01"}}},
	{"Mr", "Frank", "Fern", "male", "1980-05-25", hillview, []string{SupersededNumber},
		[]Tie{{Source: stAldhelm, Kind: "episode", Start: "2025-03-03"}, {Source: wendValley, Kind: "caseload", Start: "2024-08-12", OldNumber: true}}},
	{"Mrs", "Grace", "Gorse", "female", "1934-01-17", riverside, []string{Deceased},
		[]Tie{{Source: stAldhelm, Kind: "admission", Start: "2025-02-01", End: "2025-02-14"}, {Source: wendValley, Kind: "caseload", Start: "2024-03-11", End: "2025-02-14"}}},
	{"Mr", "Henry", "Holly", "male", "1968-10-06", riverside, []string{NationalOptOut},
		[]Tie{{Source: stAldhelm, Kind: "episode", Start: "2025-02-24"}, {Source: northmoor, Kind: "referral", Start: "2025-03-10"}}},
	{"Ms", "Irene", "Ivy", "female", "1985-03-23", riverside, []string{Sensitive},
		[]Tie{{Source: stAldhelm, Kind: "episode", Start: "2025-01-06"}, {Source: larkfield, Kind: "referral", Start: "2024-12-02"}}},
	{"Mr", "Jack", "Juniper", "male", "1977-08-14", hillview, []string{EpisodeEnded},
		[]Tie{{Source: stAldhelm, Kind: "episode", Start: "2024-02-05", End: "2024-04-30"}}},
	{"Mrs", "Karen", "Knapweed", "female", "1955-11-29", hillview, []string{OrderClosed},
		[]Tie{{Source: northmoor, Kind: "referral", Start: "2024-01-15", End: "2024-03-01"}}},
	{"Ms", "Linda", "Larch", "female", "1982-06-03", riverside, []string{Professional},
		[]Tie{{Source: wendValley, Kind: "caseload", Start: "2025-01-27"}}},
	{"Mr", "Martin", "Maple", "male", "1942-12-20", riverside, []string{Everywhere}, everywhere},
	{"Mrs", "Nora", "Nettle", "female", "1961-04-04", hillview, []string{Moved},
		[]Tie{{Source: riverside, Kind: "registration", Start: "2009-01-05", End: "2015-06-01"}, {Source: marlshire, Kind: "caseload", Start: "2024-09-16"}}},
}

var everywhere = []Tie{
	{Source: hillview, Kind: "registration", Start: "2001-03-05", End: "2015-06-01"},
	{Source: stAldhelm, Kind: "admission", Start: "2025-03-29"},
	{Source: northmoor, Kind: "referral", Start: "2025-02-17"},
	{Source: wendValley, Kind: "caseload", Start: "2024-06-10"},
	{Source: larkfield, Kind: "referral", Start: "2024-11-11"},
	{Source: eastmere, Kind: "caseload", Start: "2023-05-15", End: "2023-12-01"},
	{Source: ambulance, Kind: "call", Start: "2025-03-29"},
	{Source: wend111, Kind: "call", Start: "2025-03-29"},
	{Source: outOfHours, Kind: "call", Start: "2025-03-28", End: "2025-03-28"},
	{Source: wendshire, Kind: "caseload", Start: "2024-06-24"},
	{Source: marlshire, Kind: "caseload", Start: "2024-01-08", End: "2024-06-24"},
}

// flagsOf spreads the flags over the people who are not in the story, at fixed
// places, so that their number does not hang on chance.
func flagsOf(i int) []string {
	flags := []string{}
	for _, some := range []struct {
		flag string
		at   []int
	}{
		{Restricted, []int{23, 61, 98, 134, 177}},
		{OptedOut, []int{20, 45, 70, 95, 120, 145, 170}},
		{SupersededNumber, []int{31, 84, 127, 190}},
		{NationalOptOut, []int{37, 102, 151}},
		{Sensitive, []int{26, 57, 89, 113, 139, 162, 188}},
	} {
		if slices.Contains(some.at, i) {
			flags = append(flags, some.flag)
		}
	}
	return flags
}
