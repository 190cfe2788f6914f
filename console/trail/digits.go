package trail

import "unicode"

// raised are digits that are in no script's row of ten: ¹, ₂, ③ and so on.
var raised = []struct {
	from  rune
	first rune // what it stands for
	n     rune
}{
	{'¹', '1', 1}, {'²', '2', 2}, {'⁰', '0', 1}, {'⁴', '4', 6}, {'₀', '0', 10}, {'⓪', '0', 1}, {'⓿', '0', 1},
	{'①', '1', 9}, {'⑴', '1', 9}, {'⒈', '1', 9}, {'⓵', '1', 9}, {'❶', '1', 9}, {'➀', '1', 9}, {'➊', '1', 9},
}

// decimal gives a digit of any kind as one of 0 to 9. What is none of those, such as
// a fraction, stays.
func decimal(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	for _, row := range raised {
		if i := r - row.from; i >= 0 && i < row.n {
			return row.first + i
		}
	}
	// Each script's digits stand in a row from its zero, and the ranges hold whole rows.
	for _, row := range unicode.Nd.R16 {
		if lo := rune(row.Lo); lo <= r && r <= rune(row.Hi) {
			return '0' + (r-lo)%10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if lo := rune(row.Lo); lo <= r && r <= rune(row.Hi) {
			return '0' + (r-lo)%10
		}
	}
	return r
}
