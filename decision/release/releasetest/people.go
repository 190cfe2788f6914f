// Package releasetest has people who approve, sign and publish releases of policies in tests.
package releasetest

import (
	"encoding/json"
	"io/fs"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/release"
)

// People are two who may approve and one who may sign, with their keys; and a stranger, whom nobody
// trusts.
type People struct {
	Ann, Ben, Publisher, Stranger release.Key
	// Trust are the keys that count, Set the same as the key set that a broker reads.
	Trust release.Trust
	Set   []byte
}

// NewPeople makes them. Their names are ann, ben, publisher and stranger.
func NewPeople(t testing.TB) (p People) {
	t.Helper()
	var set []json.RawMessage
	for _, one := range []struct {
		key  *release.Key
		name string
		may  release.May
	}{{&p.Ann, "ann", release.Approve}, {&p.Ben, "ben", release.Approve}, {&p.Publisher, "publisher", release.Sign}, {&p.Stranger, "stranger", ""}} {
		var err error
		if *one.key, err = release.NewKey(one.name); err != nil {
			t.Fatal(err)
		}
		if one.may == "" {
			continue
		}
		public, err := one.key.Public(one.may)
		if err != nil {
			t.Fatal(err)
		}
		set = append(set, public)
	}
	var err error
	if p.Set, err = json.Marshal(map[string]any{"keys": set}); err != nil {
		t.Fatal(err)
	}
	if p.Trust, err = release.ParseTrust(p.Set); err != nil {
		t.Fatal(err)
	}
	return p
}

// Made makes a release of a folder, approved and signed at a time by whoever does.
func Made(t testing.TB, fsys fs.FS, s release.Statement, at time.Time, approve []release.Key, sign ...release.Key) []byte {
	t.Helper()
	s.Author, s.Reason = "Ann Author", "the ward asked for it"
	one, err := release.Build(t.Context(), fsys, s, at)
	for _, key := range approve {
		if err == nil {
			err = one.Approve(key, at)
		}
	}
	for _, key := range sign {
		if err == nil {
			err = one.Sign(key)
		}
	}
	var packed []byte
	if err == nil {
		packed, err = one.Pack()
	}
	if err != nil {
		t.Fatal(err)
	}
	return packed
}
