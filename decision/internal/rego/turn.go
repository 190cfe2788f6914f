package rego

import "math"

// turn is for how long an evaluation would go the same way if the time of its question were a later
// one, and all else the same. The time (Pen.Now) and what rules calculate of it are numbers that
// move; each comparison of one says when it would turn out otherwise. Whoever looks at such a number
// in any other way would see another at the next second.
//
// All that look at a number's value do so through equal, compare, digits, integer or float.
type turn struct {
	left int64 // whole seconds after the time of the question; below 0: not even in the same one
}

// Same gives for how many whole seconds after the time that was written last what was run since
// gives the same; negative: nobody knows. Times without an end are math.MaxInt64.
func (m *Machine) Same() int64 { return m.turn.left }

// Unsure says that what was decided rests on more than what the machine has seen.
func (m *Machine) Unsure() { m.turn.left = -1 }

// read notes that a number was looked at as such.
func (n *Node) read() {
	if n.turn != nil {
		n.turn.left = -1
	}
}

// seen notes that two whole numbers were compared.
func seen(a, b *Node) {
	if a.turn == nil && b.turn == nil {
		return
	}
	t := a.turn
	if t == nil {
		t = b.turn
	}
	apart, by := a.Num-b.Num, int64(a.by)-int64(b.by)
	switch {
	case (apart < a.Num) != (b.Num > 0): // it overflows
		t.left = -1
	case by == 0:
	case apart == 0:
		t.left = min(t.left, 0)
	case apart < 0 && by > 0:
		t.left = min(t.left, (-apart-1)/by) // they are equal, or have passed, one second later at the earliest
	case apart > 0 && by < 0:
		t.left = min(t.left, (apart-1)/-by)
	}
}

// tooQuick is more than how quickly a number may move.
const tooQuick = math.MaxInt8 + 1

// moving makes the result of a calculation move by so many seconds for each of the question's.
func (n *Node) moving(of []*Node, by int64) *Node {
	if n == nil || of[0].turn == nil && of[1].turn == nil {
		return n
	}
	n.turn = of[0].turn
	if n.turn == nil {
		n.turn = of[1].turn
	}
	if by < -math.MaxInt8 || by > math.MaxInt8 {
		n.turn.left = -1
		by = 0
	}
	n.by = int8(by)
	return n
}

func clampedProduct(by int8, times int64) int64 {
	if times < -tooQuick || times > tooQuick {
		times = tooQuick
	}
	if by == 0 {
		return 0
	}
	return int64(by) * times
}
