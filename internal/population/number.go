package population

// numbers arranges as many NHS numbers as are needed, each once, in an order that is not
// their own. It keeps no list: the i-th is worked out.
type numbers struct{ size uint64 }

const (
	// Of 100 numbers with the same first eight digits nine or ten have a right check digit. Eight
	// are used: never the last one of 99999999, 9999999999, which is no number (package nhs).
	usedOfHead  = 8
	headsOfOne  = 100_000 // with the same first three digits
	firstDigits = 999     // and down from it
	mostNumbers = 10 * headsOfOne * usedOfHead

	// A prime that divides no size: i times it, modulo the size, is every place once.
	scattering = 2_654_435_761
)

// newNumbers takes whole ranges of the first three digits: 999 alone where that is enough.
func newNumbers(wanted int) numbers {
	const ofOne = headsOfOne * usedOfHead
	return numbers{size: (uint64(wanted) + ofOne - 1) / ofOne * ofOne}
}

// at gives the i-th number, i < size.
func (n numbers) at(i uint64) uint64 {
	place := i * scattering % n.size
	head := place / usedOfHead
	return withCheck((firstDigits-head/headsOfOne)*headsOfOne+head%headsOfOne, int(place%usedOfHead))
}

// withCheck completes eight digits to the n-th number of ten whose check digit is right: the
// digits, weighed 10 to 1, add up to a multiple of 11 (NHS Data Dictionary, NHS NUMBER).
func withCheck(head uint64, n int) uint64 {
	sum, rest := uint64(0), head
	for weight := uint64(3); weight <= 10; weight++ {
		sum += rest % 10 * weight
		rest /= 10
	}
	for ninth := uint64(0); ; ninth++ {
		check := (11 - (sum+2*ninth)%11) % 11
		if check == 10 {
			continue
		}
		if n == 0 {
			return head*100 + ninth*10 + check
		}
		n--
	}
}
