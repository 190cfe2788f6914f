package fhir

// Reads says whether the scanner takes a text for JSON. For tests only.
func Reads(body []byte) bool {
	var d document
	return d.read(body)
}

// Text decodes a JSON text that is one string. For tests only.
func Text(body []byte) (text string, half, ok bool) {
	var d document
	if !d.read(body) || d.nodes[0].kind != kindString {
		return "", false, false
	}
	return string(d.decoded(&d.nodes[0])), d.nodes[0].marks&odd != 0, true
}

// IsOdd says that the names in a JSON text cannot be told apart for certain.
func IsOdd(body []byte) bool {
	var d document
	return d.read(body) && d.nodes[0].marks&oddBelow != 0
}
