// Package console is the web pages of the product: finding a patient and asking for
// permission to view, declaring an emergency and withdrawing, and the assembly of the
// rooms below it (signing in, the record, the trail, the rules).
//
// Nothing here decides. Every look at a record and every answer of a patient goes
// to the brokers, with the professional's own token; what the pages show is what
// the brokers said.
//
// What it guarantees: every page is entered through the door of package signin, which
// says who is there, and by a role that may enter. No patient identifier stands in an
// address. Nothing may be cached. What a session looked up is forgotten with it.
//
// What it does not: what was looked up is in this process alone, as sessions are.
//
// A Console may be used by many goroutines at once.
package console
