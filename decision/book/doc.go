// Package book tells a folder of policies as people read it: the rules in plain English from
// their METADATA, lists, settings, reasons and cases with their results now (Read), and what
// differs between two folders (Changes).
package book
