// Package check tells an organisation, before it joins, what of its data would be
// shown: it reads the entries of one patient from the source itself or from a file
// (Ask, Lines), judges each as the broker's filter would (Judge), and says how many
// of each type are shown, how many are not, and which element or code is why.
//
// A Report holds counts, names of FHIR elements, codes, and the source's own ids. It
// never holds content: no display, no text, no value, and no NHS number, wherever
// it was written. What a source wrote stands in it so that a terminal can show it.
//
// The package reads only, and keeps nothing. All functions may be used by many
// goroutines at once; a Report is for one at a time.
package check
