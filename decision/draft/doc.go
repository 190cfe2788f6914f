// Package draft keeps a draft of the next policies: settings, lists and cases that were changed
// where people work in a browser, over a copy of the folder that they were changed in.
//
// A Desk holds one draft, as one file of the data folder: everybody who keeps the rules works on the
// same. Each change says who made it, when, and what it is. Whoever changes it says which draft they
// saw (Fingerprint): of two who save at once, one is told (ErrChanged), and nothing of the other's
// is lost. The draft is in force nowhere. It is judged and compared like any folder of policies
// (Draft.FS), and goes on as a release.
//
// Rules in Rego are not changed here, nor is what OPA would take for a rule.
package draft
