// Package rules is the console's room for information-governance teams: the
// policy book (each rule in plain English with its promise, reasons, lists and
// cases), what changed since the policies before, and a place to try a case.
//
// It decides with the engine that the brokers decide with, by the same folder of
// policies, and says so when the folder and the revision in force differ. It asks
// nothing of the registry or of a source: what is tried is made up, and what looks
// like an NHS number is refused. Nothing that is typed is kept; the case that
// comes out can be downloaded, and goes among the others by the team's own hands.
//
// A Room may be used by many goroutines at once.
package rules
