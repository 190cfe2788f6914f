package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/console/signin"
)

// A reload of the configuration makes the console anew. It signs nobody out.
func TestANewConfigurationSignsNobodyOut(t *testing.T) {
	var cfg console.Config
	k := newKit(t, func(c *console.Config) {
		c.Sessions = signin.NewSessions(0, 0)
		c.Clock = nil
		cfg = *c
	})
	k.clock.Pass(time.Since(k.clock.Now())) // its own lock: keys are fetched meanwhile
	s := k.signIn("consultant")
	s.Open(k.url("/")).Shows(http.StatusOK, "NHS number")
	var err error
	if k.console, err = console.New(cfg); err != nil {
		t.Fatal(err)
	}
	s.Open(k.url("/")).Shows(http.StatusOK, "NHS number")
}
