package fault

import (
	"fmt"
	"io"
	"strings"
)

// Write tells faults, file by file: the line, what is wrong, and below it what to
// do. Each fault is told once.
func Write(w io.Writer, faults List) {
	file := "\x00"
	for _, f := range faults.InOrder() {
		if f.File != file {
			if file != "\x00" {
				fmt.Fprintln(w)
			}
			file = f.File
			if file == "" {
				fmt.Fprintln(w, "The folder as a whole")
			} else {
				fmt.Fprintln(w, file)
			}
		}
		fmt.Fprintf(w, "  %s%s\n", where(f), sentence(f.What))
		if f.Do != "" {
			fmt.Fprintf(w, "      What to do: %s\n", sentence(f.Do))
		}
	}
}

func where(f Fault) string {
	switch {
	case f.Line == 0:
		return ""
	case f.Column == 0:
		return fmt.Sprintf("line %d: ", f.Line)
	}
	return fmt.Sprintf("line %d, column %d: ", f.Line, f.Column)
}

// sentence ends with a full stop, or with what it ends with.
func sentence(s string) string {
	s = indented(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func indented(s string) string { return strings.ReplaceAll(s, "\n", "\n      ") }

// Count says how many faults there are, in words that fit the number.
func Count(n int) string {
	if n == 1 {
		return "1 fault"
	}
	return fmt.Sprintf("%d faults", n)
}
