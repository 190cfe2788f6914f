package past

import "github.com/mycarerecord/mcr/audit"

// What every record of the month says, where others name the program and the browser that asked: the
// trail's pages, its exports and mcr audit show all tell it.
const (
	Client = "made up by mcr demo"
	Agent  = "Made up for the demonstration: nobody asked this"
)

// Made says whether a record was made up.
func Made(r *audit.Record) bool { return r.Client == Client }
