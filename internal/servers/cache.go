//go:build servers

package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Installed gives the path of something that the script install put into the
// cache, such as "hapi/lib".
func Installed(name string) (string, error) {
	dir, err := cache()
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", name, err)
	}
	path := filepath.Join(dir, "servers", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is not installed: run internal/servers/install", name)
	}
	return path, nil
}

// installed is Installed for a test, which fails when it is not there: it is never
// skipped, since a promise that was not tried is not kept.
func installed(t testing.TB, name string) string {
	t.Helper()
	path, err := Installed(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// ClientLibrary gives the path of a part of a client library that the script
// install put into the cache, such as "hapi/lib". The test fails when it is not there.
func ClientLibrary(t testing.TB, name string) string {
	t.Helper()
	return installed(t, "clients/"+name)
}
