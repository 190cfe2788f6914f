// Package legible is about text that somebody else wrote and that a person will read:
// whether it says anything (Words, Name), and how it is shown where a sign could do harm
// (Line, Lines, Log), or what a spreadsheet would take for a formula (Cell, Table).
//
// Text of a client, a source or a colleague may hold signs that nobody sees, that turn
// the direction of a line, or that steer a terminal. It is stored as it came: it is
// evidence. It is judged where it is taken for a person's reason (attack 123), and
// written out where it is shown as text (attack 163). Pages have html/template besides.
//
// It judges signs and not meaning: who writes "qwerty" has given words, and a privacy
// officer reads them. Letters that look like others, and marks that stand one upon
// another, stay as they are: names and languages need them.
//
// Everything here may be used by many goroutines at once.
package legible
