// Package tree reads a JSON text as a flat list of nodes over its bytes, and
// writes it again less what was marked to be dropped.
//
// It reads strictly (RFC 8259) and copies nothing. What readers could understand
// in two ways (equal names, names that differ in case, escaped names, half
// surrogates) is marked on its object, for the filter to withhold: one odd entry
// does not make a whole answer unreadable.
//
// A Document may be used again; it is not for several goroutines at once.
package tree
