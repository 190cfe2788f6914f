package audit

// Fields reads a record's document once, from its beginning to its end: its fields in
// their order, and those of the objects within it that are entered.
//
//	f := audit.ReadFields(document)
//	for f.Next() {
//		if string(f.Key) == "input" && f.Enter() {
//			for f.Next() { ... }
//		}
//	}
//
// It ends early where the document is not one of AppendJSON's; whether it is, ReadColumns
// says. It is for one goroutine.
type Fields struct {
	Key  []byte // of the field, without its quotes: a slice of the document
	s    scanner
	left bool // its value is still to be read
}

// ReadFields begins to read a document.
func ReadFields(document []byte) Fields {
	f := Fields{s: scanner{in: document}}
	if !f.s.take('{') {
		f.s.failed = true
	}
	return f
}

// Next goes on to the next field of the object that is being read. It gives false behind
// the last, and what is read then is the object around it again.
func (f *Fields) Next() bool {
	if f.left {
		f.Value()
	}
	f.s.take(',')
	if f.s.failed || f.s.take('}') {
		return false
	}
	key := f.s.span()
	if len(key) < 2 || key[0] != '"' || !f.s.take(':') {
		f.s.failed = true
		return false
	}
	f.Key, f.left = key[1:len(key)-1], true
	return true
}

// Value gives the text of the field's value, a slice of the document; nil if it was read or
// does not end.
func (f *Fields) Value() []byte {
	if !f.left {
		return nil
	}
	f.left = false
	return f.s.span()
}

// Enter goes into the field's value if it is an object: Next then gives its fields.
func (f *Fields) Enter() bool {
	if !f.left || !f.s.take('{') {
		return false
	}
	f.left = false
	return true
}
