package caddymodule_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/caddymodule"
)

// However an address is written, in clear or in the environment as a whole: no error holds the
// password, and no part of it is taken for a host.
func FuzzNoErrorOfATrailsAddressHoldsItsPassword(f *testing.F) {
	for _, whole := range []bool{false, true} {
		f.Add("u", "", "a.example:9440/mcr?secure=true", whole)
		f.Add("u", "#x", "a.example/mcr", whole)
		f.Add("u:12", "?secure=true", "a.example", whole)
		f.Add("", "@", "@", whole)
		f.Add("u", "%zz", "a b", whole)
		f.Add("u", "{env.A}", "{file./a}/", whole)
	}
	f.Fuzz(func(t *testing.T, user, more, rest string, whole bool) {
		const password = "Canary7f3e"
		text := clickhouse.Scheme + user + ":" + password + more + "@" + rest
		if strings.Contains(text, "\x00") || strings.Contains(user+more+rest, password) {
			t.Skip()
		}
		if whole {
			t.Setenv("MCR_TEST_WHOLE", text)
			text = "{env.MCR_TEST_WHOLE}"
		}
		address, err := caddymodule.TrailAddress(text)
		if err == nil && !whole {
			t.Fatalf("a password in clear was taken: %s", address)
		}
		var opt clickhouse.Options
		if err == nil {
			opt, err = clickhouse.ParseDSN(address)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%v", err)
		}
		if strings.Contains(strings.Join(opt.Addresses, ",")+opt.Database, password) {
			t.Errorf("a password is taken for %v and %s", opt.Addresses, opt.Database)
		}
	})
}
