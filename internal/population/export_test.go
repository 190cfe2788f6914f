package population

import "iter"

// Numbers goes through every NHS number that a region of so many can have.
func Numbers(wanted int) iter.Seq2[uint64, uint64] {
	return func(yield func(i, number uint64) bool) {
		all := newNumbers(wanted)
		for i := range all.size {
			if !yield(i, all.at(i)) {
				return
			}
		}
	}
}
