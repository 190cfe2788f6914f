package trail_test

import (
	"context"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// away is a trail that does not answer.
type away struct{}

func (away) Show(context.Context, string, audit.Scope) (*audit.Record, error) { return nil, errAway }
func (away) Tail(context.Context, audit.Scope) ([]*audit.Record, error)       { return nil, errAway }
func (away) Patient(context.Context, []string, audit.Scope) ([]*audit.Record, error) {
	return nil, errAway
}
func (away) Refused(context.Context, audit.Scope) ([]*audit.Record, error) { return nil, errAway }
func (away) Search(context.Context, audit.Scope, audit.Filter, string) (audit.Found, error) {
	return audit.Found{}, errAway
}
func (away) Documents(context.Context, audit.Scope, audit.Filter, string) (audit.Documents, error) {
	return audit.Documents{}, errAway
}
func (away) Visits(context.Context, audit.Scope, audit.Filter, string) (audit.Visited, error) {
	return audit.Visited{}, errAway
}
func (away) Count(context.Context, audit.Scope, audit.Filter, audit.Dimension) ([]audit.Count, error) {
	return nil, errAway
}
func (away) People(context.Context, audit.Scope) ([]audit.Person, error) { return nil, errAway }
func (away) Brokers(context.Context) ([]string, error)                   { return nil, errAway }
func (away) Entries(context.Context, string, uint64, int) ([]spool.Entry, error) {
	return nil, errAway
}
