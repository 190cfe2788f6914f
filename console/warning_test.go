package console_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/console"
)

// What is wrong with the rules in force is told on every page to everybody who is signed in,
// in red, for as long as it is; and to nobody else.
func TestAttack154WhatIsWrongWithTheRulesIsOnEveryPage(t *testing.T) {
	var says atomic.Value
	says.Store("")
	k := newKit(t, func(c *console.Config) { c.Warning = func() string { return says.Load().(string) } })
	consultant, officer := k.signIn("consultant"), k.signIn("privacy-officer")
	const wrong = `The rules in force do not pass their own checks. Dr A <b>Name</b> answers for it`
	consultant.open(k.url("/patients")).hides("mcr-warning")
	says.Store(wrong)
	for _, s := range []*surfer{consultant, officer} {
		s.open(k.url("/"))
		for _, want := range []string{`class="mcr-warning" role="alert"`, "Dr A &lt;b&gt;Name&lt;/b&gt; answers for it"} {
			if !strings.Contains(s.body, want) {
				t.Errorf("%s does not hold %q", s.at, want)
			}
		}
	}
	for s, path := range map[*surfer]string{consultant: "/patients", officer: "/rules"} {
		if s.open(k.url(path)); !strings.Contains(s.body, "mcr-warning") {
			t.Errorf("%s does not say so", path)
		}
	}
	newSurfer(t).open(k.url("/")).hides("mcr-warning")
	says.Store("")
	officer.open(k.url("/rules")).hides("mcr-warning")
}
