// Package cases reads decision cases, files that a clinician can read (testdata/decisions;
// policies/README.md says how to write one), and decides them: as they are, again from their
// record, and again with each fact missing (Read, Case.Run, Case.DropEach). It tells a case in
// sentences, and tries one of a person's own, read strictly and within bounds (Try, Story).
package cases
