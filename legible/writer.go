package legible

import (
	"io"
	"unicode/utf8"
)

// Writer gives a writer that hands on to w what Lines makes of the text that it is
// given: for a command's whole output, whatever it prints. It is for one goroutine at
// a time. A rune that a Write leaves unfinished waits for the next.
func Writer(w io.Writer) io.Writer { return &writer{w: w} }

type writer struct {
	w    io.Writer
	rest []byte
}

// Write never writes a part: it has taken all of b, or the error is w's.
func (w *writer) Write(b []byte) (int, error) {
	text := append(w.rest, b...)
	whole := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if utf8.RuneStart(text[len(text)-back]) {
			if !utf8.FullRune(text[len(text)-back:]) {
				whole = len(text) - back
			}
			break
		}
	}
	_, err := io.WriteString(w.w, Lines(string(text[:whole])))
	w.rest = append([]byte(nil), text[whole:]...)
	if err != nil {
		return 0, err
	}
	return len(b), nil
}
