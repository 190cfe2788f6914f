// Package check finds what is wrong with a folder of policies (Check) and what is open in it
// (Test: Rego tests, cases, missing facts, lines that nothing reaches), for readers who are
// no programmers.
package check
