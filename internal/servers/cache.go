//go:build servers

package servers

import (
	"os"
	"path/filepath"
	"testing"
)

// installed gives the path of something that the script install put into the
// cache, such as "hapi/lib". The test fails when it is not there: it is never
// skipped, since a promise that was not tried is not kept.
func installed(t testing.TB, name string) string {
	t.Helper()
	dir, err := cache()
	if err != nil {
		t.Fatalf("finding %s: %v", name, err)
	}
	path := filepath.Join(dir, "servers", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not installed: run internal/servers/install", name)
	}
	return path
}

// ClientLibrary gives the path of a part of a client library that the script
// install put into the cache, such as "hapi/lib". The test fails when it is not there.
func ClientLibrary(t testing.TB, name string) string {
	t.Helper()
	return installed(t, "clients/"+name)
}
