//go:build servers

package servers_test

import (
	"os"
	"strings"
	"testing"
)

// awaited gives the asks that do not come out as they should yet, as "client: ask".
// clients/awaited has a line each: the letters of clients, and the ask.
func awaited(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("clients/awaited")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		letters, name, _ := strings.Cut(line, " ")
		for _, client := range clientsOf(letters) {
			all[client+": "+strings.TrimSpace(name)] = true
		}
	}
	return all
}
