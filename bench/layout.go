package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mycarerecord/mcr/policies"
)

// layout is how much mcr has besides what is measured.
type layout struct {
	sources int // further sources, each with a broker of its own
	rules   int // modules of rules besides the shipped ones
}

const sourceFile = `name: A source that answers at once
ods: RZ1
kind: acute
telephone: "01632 960100"
base_url: http://%s/fhir
`

// other is a source that stands beside the measured one in every layout.
const other = "other"

func (l layout) further() []string {
	all := []string{other}
	for i := range l.sources {
		all = append(all, fmt.Sprintf("more%d", i))
	}
	return all
}

// write makes the files that the configuration names.
func (l layout) write(dir, upstream string) error {
	folder := filepath.Join(dir, "sources")
	err := os.MkdirAll(folder, 0o755)
	for _, id := range append(l.further(), "bench") {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, id+".yaml"), fmt.Appendf(nil, sourceFile, upstream), 0o644))
	}
	if l.rules == 0 || err != nil {
		return err
	}
	to := filepath.Join(dir, "policies")
	if err := os.CopyFS(to, policies.FS); err != nil {
		return err
	}
	for n := range l.rules {
		rule := filepath.Join(to, "rules", fmt.Sprintf("closed_%03d", n))
		if err := errors.Join(os.Mkdir(rule, 0o755),
			os.WriteFile(filepath.Join(rule, filepath.Base(rule)+".rego"), fmt.Appendf(nil, closedRule, n), 0o644),
			os.WriteFile(filepath.Join(rule, filepath.Base(rule)+"_test.rego"), fmt.Appendf(nil, closedTests, n), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// options are further lines of the global block.
func (l layout) options(dir string) string {
	if l.rules == 0 {
		return ""
	}
	return "\n\t\tpolicies " + filepath.Join(dir, "policies")
}

// handles are the brokers before the further sources.
func (l layout) handles() string {
	var text strings.Builder
	for _, id := range l.further() {
		fmt.Fprintf(&text, "\thandle /%[1]s/fhir/* {\n\t\tbroker %[1]s {\n\t\t\tpath /%[1]s/fhir\n\t\t}\n\t}\n", id)
	}
	return text.String()
}

// closedRule looks at every question, and refuses none of the bench's.
const closedRule = `# METADATA
# title: An agreement that ended, %[1]d
# description: Staff of an organisation whose agreement ended see nothing.
# custom:
#   promise: Every request is judged by the same rules.
#   reasons: [opted-out]
package mcr.rules.closed_%03[1]d

import rego.v2

# METADATA
# title: Refused because the agreement ended, %[1]d
# description: From a day on nobody from there sees anything.
# custom:
#   reasons: [opted-out]
deny contains {"reason": "opted-out"} if {
	input.request.action == "view"
	input.subject.organisation == "ZZ%03[1]d"
	input.time >= 1700000000
}
`

const closedTests = `package mcr.rules.closed_%03[1]d_test

import data.mcr.rules.closed_%03[1]d

import rego.v2

asked := {"request": {"action": "view"}, "subject": {"organisation": "ZZ%03[1]d"}, "time": 1700000000}

test_refused if closed_%03[1]d.deny == {{"reason": "opted-out"}} with input as asked

test_others_are_not if closed_%03[1]d.deny == set() with input as object.union(asked, {"subject": {"organisation": "RXA01"}})

test_nor_before if closed_%03[1]d.deny == set() with input as object.union(asked, {"time": 1699999999})

test_nor_what_is_no_view if closed_%03[1]d.deny == set() with input as object.union(asked, {"request": {"action": "withdraw"}})
`
