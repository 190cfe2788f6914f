// Package hosts finds a source's own addresses in text, in whatever disguise a reader undoes,
// and takes them out (attacks 102, 321, 322).
package hosts
