// Package plainly says in plain English what a registry knows of a person, and how it came to know it,
// for people who look into a dispute or replay a decision. It says what is on record; whether that
// opens a record is for the policies.
package plainly
