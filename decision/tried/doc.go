// Package tried runs all tests of a set of policies, for people and for machines.
//
//	Run       tries all: writes the account for people, and gives an Outcome
//	JSON      an Outcome as one document
//	JUnit     an Outcome as the XML that CI servers read
//	Since     what two outcomes have different, what fails that passed first
//	Watched   tries a folder again whenever a file of it changes
//
// An Outcome says of each test, case, proof and invariant whether it passed. One that is not
// Complete is never as it should be, whatever is in it: something was not tried.
//
// Nothing here keeps anything; all may be used by many goroutines at once.
package tried
