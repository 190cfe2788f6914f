package page

import "time"

// Hurry changes how long a browser may take, and gives what puts it back.
func Hurry(d time.Duration) (back func()) {
	a, b := stall, longest
	stall, longest = d, 10*d
	return func() { stall, longest = a, b }
}
