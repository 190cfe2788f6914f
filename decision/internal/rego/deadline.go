package rego

import "time"

// deadline stops an evaluation that takes too long. OPA asks Cancelled at every
// step; a goroutine and a timer for each decision would cost more than the
// decision itself, so the clock is read once in a while.
type deadline struct {
	at    time.Time
	steps uint32
	over  bool
}

// every is how many steps pass between two looks at the clock: some 50 µs.
const every = 256

// Cancel ends the evaluation at its next step.
func (d *deadline) Cancel() { d.over = true }

// Cancelled is called by the one goroutine that evaluates.
func (d *deadline) Cancelled() bool {
	if d.over {
		return true
	}
	d.steps++
	if d.steps%every == 0 && time.Now().After(d.at) {
		d.over = true
	}
	return d.over
}
