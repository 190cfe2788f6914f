package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console"
)

// A reload of the configuration makes the console anew. It signs nobody out.
func TestANewConfigurationSignsNobodyOut(t *testing.T) {
	var cfg console.Config
	k := newKit(t, func(c *console.Config) {
		c.Sessions = console.NewSessions(0, 0)
		c.Clock = nil
		cfg = *c
	})
	k.clock.Pass(time.Since(k.clock.Now())) // its own lock: keys are fetched meanwhile
	s := k.signIn("consultant")
	s.open(k.url("/")).shows(http.StatusOK, "You are signed in as")
	var err error
	if k.console, err = console.New(cfg); err != nil {
		t.Fatal(err)
	}
	s.open(k.url("/")).shows(http.StatusOK, "You are signed in as")
}
