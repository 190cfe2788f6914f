package audit

import "strings"

// Hand is what somebody asked with, as far as the record knows.
type Hand string

// The hands. What a caller says of itself (its User-Agent, RFC 9110 section 10.1.5) tells a
// browser from a program, so a program that calls itself a browser is taken for one.
const (
	ByBrowser  Hand = "browser"  // a person, in front of it
	ByProgram  Hand = "program"  // an application, for the person whose token it has
	ByTerminal Hand = "terminal" // a command on the broker's machine
)

// Hand says what the request was made with; "" where nothing tells.
func (r *Record) Hand() Hand {
	switch {
	case r.Source == "" && (r.IsLook() || ActWords(r.Action) != ""):
		return ByTerminal
	case strings.HasPrefix(r.UserAgent, "Mozilla/"): // as all browsers do
		return ByBrowser
	case r.UserAgent != "":
		return ByProgram
	}
	return ""
}
