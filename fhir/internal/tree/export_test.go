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

// Pair is a member of an object, for comparing trees.
type Pair struct {
	Name  string
	Value any
}

// Plain gives what the scanner saw in Go's own values: []Pair for an object, []any for
// an array, string for a string, Word for what is written as it stands. An odd object,
// whose names are not known, is the list of its values; an odd string is Half. For tests
// only.
func Plain(body []byte) (any, bool) {
	var d Document
	if !d.Read(body) {
		return nil, false
	}
	return d.plain(0), true
}

// Word is a number, true, false or null, as it is written.
type Word string

// Half stands for a string with half of a surrogate pair.
type Half struct{}

func (d *Document) plain(at uint32) any {
	n := &d.Nodes[at]
	switch n.Kind {
	case KindString:
		if n.Marks&Odd != 0 {
			return Half{}
		}
		return string(d.Decoded(n))
	case KindArray, KindObject:
		all, pairs := []any{}, []Pair{}
		for m := at + 1; m < n.Next; m = d.Nodes[m].Next {
			all = append(all, d.plain(m))
			pairs = append(pairs, Pair{string(d.NameOf(&d.Nodes[m])), all[len(all)-1]})
		}
		if n.Kind == KindArray || n.Marks&Odd != 0 {
			return all
		}
		return pairs
	}
	return Word(d.Body[n.Start:n.End])
}
