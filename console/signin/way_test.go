package signin

import (
	"net/url"
	"strings"
	"testing"
)

// Nothing that stands in an address leads to another host after signing in.
func FuzzSafe(f *testing.F) {
	for _, s := range []string{"/console/", "/console/trail?x=1", "//evil.example/console/", "/console/..//evil", `/console/\evil`, "/console/%2f%2fevil"} {
		f.Add(s)
	}
	room := &Room{cfg: Config{Base: "/console"}}
	base, _ := url.Parse("https://record.example/console/callback")
	f.Fuzz(func(t *testing.T, to string) {
		safe := room.safe(to)
		if safe == "" {
			return
		}
		u, err := base.Parse(safe)
		if err != nil || u.Host != "record.example" || u.Scheme != "https" || !strings.HasPrefix(u.Path, "/console/") {
			t.Fatalf("%q leads to %s (%v)", to, u, err)
		}
	})
}
