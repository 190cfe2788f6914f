// Package errlist puts joined errors into lines: one for each fault, each with its file,
// so that nothing is told twice or lost in another.
package errlist

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// Lines gives one line for each of joined errors.
func Lines(err error) []string {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, Lines(e)...)
		}
		return out
	}
	var out []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Prefixed puts the file before each of joined errors.
func Prefixed(file string, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, Prefixed(file, e))
		}
		return errors.Join(out...)
	}
	var f fault.Fault
	if errors.As(err, &f) {
		if f.File == "" {
			f.File = file
		}
		return f
	}
	return fmt.Errorf("%s: %w", file, err)
}
