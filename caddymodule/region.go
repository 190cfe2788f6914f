package caddymodule

import (
	"time"

	"github.com/mycarerecord/mcr/registry/postgres"
	"github.com/mycarerecord/mcr/token/ended"
)

// share has what ends here told to the brokers that share the registry, and what ends there hold
// here; and whom people were refused for counted together. It must come before the store is followed.
func (p *shared) share(store *postgres.Store) {
	p.ended.Share(store, func(e ended.Entry) {
		if a := inForce.Load(); a != nil {
			a.logouts.end(e)
		}
	})
	store.OnChange(func(c postgres.Change) {
		if c.Resync {
			p.ended.HearAll(c.Ended)
		} else {
			p.ended.Hear(c.Ended...)
		}
	})
	if p.walking != nil {
		p.walking.Share(store.Walk(time.Duration(p.settings.walkingWithin)))
	}
}
