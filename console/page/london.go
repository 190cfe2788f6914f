package page

import "github.com/mycarerecord/mcr/fhirdate"

// London is the zone that every time on a page is written in.
var London = fhirdate.London
