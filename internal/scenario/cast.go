package scenario

import "time"

// Noon is when every story begins: a Monday morning in winter, so that England's
// time is UTC.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// professional is one of the cast.
type professional struct {
	user, name   string
	role, title  string // SDS job role code and its name
	organisation string // of organisations
}

// cast are the professionals of the stories. Their names are their part in them.
var cast = map[string]professional{
	"gp":         {"555021935101", "OKAFOR Amara (Dr)", "S8000:G8000:R8000", "General Medical Practitioner", "riverside"},
	"other-gp":   {"555021935102", "LUNN Peter (Dr)", "S8000:G8000:R8000", "General Medical Practitioner", "hillview"},
	"consultant": {"555021935107", "SHAH Meera (Dr)", "S8000:G8000:R8000", "Consultant", "st-marys"},
	"colleague":  {"555021935108", "REED Thomas (Dr)", "S8000:G8000:R8000", "Consultant", "st-marys"},
	"clerk":      {"555021935109", "HALE Joan", "S8010:G8010:R8010", "Clerical", "st-marys"},
	"specialist": {"555021935110", "NOWAK Ewa (Dr)", "S8000:G8000:R8000", "Consultant Pathologist", "northfield"},
	"pathologist": {
		"555021935111", "GRANT Ian (Dr)", "S8000:G8000:R8000", "Consultant Pathologist", "northfield"},
	"paramedic":     {"555021935112", "BELL Sam", "S8000:G8000:R8003", "Paramedic", "ambulance"},
	"social-worker": {"555021935113", "IQBAL Nadia", "S8000:G8000:R8014", "Social Worker", "council"},
}

// organisation has an ODS code of the right form that nobody has.
type organisation struct{ ods, name, telephone string }

var organisations = map[string]organisation{
	"riverside":  {"Z91001", "Riverside Surgery", "01632 960001"},
	"hillview":   {"Z91002", "Hillview Medical Centre", "01632 960002"},
	"st-marys":   {"RXA01", "St Mary's Hospital", "01632 960101"},
	"northfield": {"RXB01", "Northfield Laboratories", "01632 960102"},
	"ambulance":  {"RXE01", "Eastern Ambulance", "01632 960103"},
	"mind":       {"RXM01", "Fenland Mental Health", "01632 960104"},
	"council":    {"E10001", "Fenland County Council", "01632 960105"},
}

// sources are the systems that a broker of the stories stands in front of, by
// the first part of the address.
var sources = map[string]struct{ organisation, kind string }{
	"gp-riverside":  {"riverside", "gp"},
	"gp-hillview":   {"hillview", "gp"},
	"st-marys":      {"st-marys", "acute"},
	"mental-health": {"mind", "mental-health"},
	"council":       {"council", "council"},
}

// patients by the id that every source has given them. NHS numbers that begin
// with 999 are set aside for tests.
var patients = map[string]string{
	"ann":     "9990000018", // whom the stories are about
	"bob":     "9990000026", // somebody else
	"ann-old": "9990000034", // a number that ann once had
	"nobody":  "9990000042", // whom no source knows
}
