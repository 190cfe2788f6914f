package tree

// Reads says whether the scanner takes a text for JSON. For tests only.
func Reads(body []byte) bool {
	var d Document
	return d.Read(body)
}

// Text decodes a JSON text that is one string. For tests only.
func Text(body []byte) (text string, half, ok bool) {
	var d Document
	if !d.Read(body) || d.Nodes[0].Kind != KindString {
		return "", false, false
	}
	return string(d.Decoded(&d.Nodes[0])), d.Nodes[0].Marks&Odd != 0, true
}

// IsOdd says that the names in a JSON text cannot be told apart for certain.
func IsOdd(body []byte) bool {
	var d Document
	return d.Read(body) && d.Nodes[0].Marks&OddBelow != 0
}
