// Package mutants asks what nobody would notice. It makes many copies of a folder
// of policies, each with one small fault (a mutant), and looks whether anything
// finds it: the compiler and the checks, a Rego test, a decision case, an
// invariant. A mutant that nothing finds has survived: here the rules could be
// wrong, and every test would pass.
//
// A survivor is told as the case that is missing, ready to copy: a question and
// facts for which the rules and the mutant decide differently, with what the rules
// decide. One for which there is no such case changes nothing; a person says so,
// with the reason, in mutants.yaml of the folder. An explanation of a mutant that
// is found, or is no longer made, is a fault itself.
//
// What is mutated, and what is not, is the table Operators; docs/policy-mutation.md
// holds it against published work. It takes a minute, so it belongs to testing a
// folder and never to starting a broker. Nothing here decides for anybody.
package mutants
