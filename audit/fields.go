package audit

import "iter"

// Fields gives the fields of a record's document in its order: each key without its
// quotes, and the text of its value, both as slices of the document. It ends early
// where the document is not one of AppendJSON's; whether it is, ReadColumns says.
func Fields(document []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		s := scanner{in: document}
		if !s.take('{') {
			return
		}
		for !s.failed && !s.take('}') {
			key := s.span()
			if len(key) < 2 || key[0] != '"' || !s.take(':') {
				return
			}
			value := s.span()
			if s.failed || !yield(key[1:len(key)-1], value) {
				return
			}
			s.take(',')
		}
	}
}
