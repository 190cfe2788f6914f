package caddymodule

import (
	"bytes"
	"io"
	"log"
)

// wordless passes on what the standard library's logger says, less what stands in
// quotes. Go's HTTP transport quotes there what a source sent that nobody asked for,
// which is content of a record, and Caddy writes that logger's lines whatever its own
// log is told to leave out (attack 301).
type wordless struct{ to io.Writer }

// Write passes on one line.
func (w wordless) Write(line []byte) (int, error) {
	first, last := bytes.IndexByte(line, '"'), bytes.LastIndexByte(line, '"')
	if first < 0 {
		return w.to.Write(line)
	}
	if last == first { // it is not closed: all that follows is in quotes
		last = len(line) - 2
	}
	kept := append(append(append([]byte(nil), line[:first]...), "(left out)"...), line[last+1:]...)
	if _, err := w.to.Write(kept); err != nil {
		return 0, err
	}
	return len(line), nil
}

// withoutWords puts it before what the standard library's logger writes to. Caddy sets
// that anew when a configuration has a sink, and when one that had is done with.
func withoutWords() {
	to := log.Writer()
	if _, done := to.(wordless); !done {
		log.SetOutput(wordless{to})
	}
}
