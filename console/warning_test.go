package console_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/internal/surfer"
)

// What is wrong with the rules in force is told on every page to everybody who is signed in,
// in red, for as long as it is; and to nobody else.
func TestAttack154WhatIsWrongWithTheRulesIsOnEveryPage(t *testing.T) {
	var says atomic.Value
	says.Store("")
	k := newKit(t, func(c *console.Config) { c.Warning = func() string { return says.Load().(string) } })
	consultant, officer := k.signIn("consultant"), k.signIn("privacy-officer")
	const wrong = `The rules in force do not pass their own checks. Dr A <b>Name</b> answers for it`
	consultant.Open(k.url("/patients")).Hides("mcr-warning")
	says.Store(wrong)
	for _, s := range []*surfer.Surfer{consultant, officer} {
		s.Open(k.url("/"))
		for _, want := range []string{`class="mcr-warning" role="alert"`, "Dr A &lt;b&gt;Name&lt;/b&gt; answers for it"} {
			if !strings.Contains(s.Body, want) {
				t.Errorf("%s does not hold %q", s.At, want)
			}
		}
	}
	for s, path := range map[*surfer.Surfer]string{consultant: "/patients", officer: "/rules"} {
		if s.Open(k.url(path)); !strings.Contains(s.Body, "mcr-warning") {
			t.Errorf("%s does not say so", path)
		}
	}
	surfer.New(t).Open(k.url("/")).Hides("mcr-warning")
	says.Store("")
	officer.Open(k.url("/rules")).Hides("mcr-warning")
}
