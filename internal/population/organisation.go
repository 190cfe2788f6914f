package population

import "fmt"

// A region's organisations, by their made-up ODS codes.
const (
	practices = 180
	hospitals = 12
	community = 8
	mental    = 4
)

// practice is a general practice as a Patient names it.
type practice struct{ code, name, telephone string }

var (
	practiceList  = makePractices()
	hospitalList  = makeCodes("RXA", hospitals)
	communityList = makeCodes("RXC", community)
	mentalList    = makeCodes("RXM", mental)
)

func makeCodes(prefix string, n int) []string {
	codes := make([]string, n)
	for i := range codes {
		codes[i] = fmt.Sprintf("%s%02d", prefix, i+1)
	}
	return codes
}

func makePractices() []practice {
	places := []string{"Riverside", "Hill Road", "Mill Lane", "Church Street", "Station Road", "Park View", "The Grove",
		"Oakfield", "Elm Tree", "Bridge Street", "Castle", "Northgate", "Southfield", "Westbourne", "Eastway",
		"Meadow", "Orchard", "Priory", "Abbey", "Market Square"}
	kinds := []string{"Surgery", "Medical Centre", "Health Centre", "Practice", "Family Practice", "Medical Practice",
		"Group Practice", "Partnership", "Clinic"}
	all := make([]practice, practices)
	for i := range all {
		all[i] = practice{code: fmt.Sprintf("Z9%04d", i+1), name: places[i%len(places)] + " " + kinds[i/len(places)],
			telephone: fmt.Sprintf("01632 960%03d", i)} // Ofcom: set aside for drama
	}
	return all
}

// practiceOf is where a patient is registered, after so many moves.
func practiceOf(i, moves int) int { return int(draw(i, moves, saltPractice) % practices) }

func hospitalOf(practice int) string  { return hospitalList[practice%hospitals] }
func communityOf(practice int) string { return communityList[practice%community] }
func mentalOf(practice int) string    { return mentalList[practice%mental] }

// elsewhere: one relationship in eight is with an organisation in another part of the region.
func elsewhere(d *dice, home int) int {
	if d.below(8) == 0 {
		return d.below(practices)
	}
	return home
}
