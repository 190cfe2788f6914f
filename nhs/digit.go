package nhs

import (
	"unicode"
	"unicode/utf8"
)

// raised are digits that are in no script's row of ten: ¹, ₂, ③ and so on.
var raised = []struct {
	from  rune
	first byte // what it stands for
	n     rune
}{
	{'¹', '1', 1}, {'²', '2', 2}, {'⁰', '0', 1}, {'⁴', '4', 6}, {'₀', '0', 10}, {'⓪', '0', 1}, {'⓿', '0', 1},
	{'①', '1', 9}, {'⑴', '1', 9}, {'⒈', '1', 9}, {'⓵', '1', 9}, {'❶', '1', 9}, {'➀', '1', 9}, {'➊', '1', 9},
}

// Digit gives a digit of any script, raised and circled ones included, as one of
// '0' to '9'; false for what is none of those, such as a fraction.
func Digit(r rune) (digit byte, ok bool) {
	if r < utf8.RuneSelf {
		return byte(r), r >= '0' && r <= '9'
	}
	for _, row := range raised {
		if i := r - row.from; i >= 0 && i < row.n {
			return row.first + byte(i), true
		}
	}
	// Each script's digits stand in a row from its zero, and the ranges hold whole rows.
	for _, row := range unicode.Nd.R16 {
		if lo := rune(row.Lo); lo <= r && r <= rune(row.Hi) {
			return '0' + byte((r-lo)%10), true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if lo := rune(row.Lo); lo <= r && r <= rune(row.Hi) {
			return '0' + byte((r-lo)%10), true
		}
	}
	return 0, false
}

func isDigit(r rune) bool {
	_, ok := Digit(r)
	return ok
}
