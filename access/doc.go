// Package access holds the words of a decision: Subject, Question, Facts,
// Decision. They are plain values: the package decides, fetches and stores nothing.
//
// A decision is a function of the policy revision, the Question and the Facts.
// Time is in the Question, so every past decision can be made again.
package access
