// Package rego runs compiled rules: by the plan that OPA's own planner makes of them, on a
// machine that allocates next to nothing (Plan, Machine), and by OPA's own evaluator, which
// is the machine's judge (Search). Both give a Node.
//
// It also compiles (Parse, Compile): strictly, with no built-in that could reach a clock, the
// network or the machine. It knows nothing of patients, questions or answers.
package rego
