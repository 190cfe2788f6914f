package page

import (
	"time"
	_ "time/tzdata" // a bare machine has none, and a wrong hour on a permission is a wrong permission
)

// London is the zone that every time on a page is written in.
var London = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic("the zone Europe/London is built in: " + err.Error())
	}
	return zone
}()
