//go:build servers

package servers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var pageToken = regexp.MustCompile(`_page=[^&\s]+`)

// write leaves what was sent in a file, where MCR_CLIENTS_SENT names one: for
// those who build the broker. Headers that a client always sends stand once.
func (tap *tap) write(t *testing.T) {
	t.Helper()
	file := os.Getenv("MCR_CLIENTS_SENT")
	if file == "" {
		return
	}
	var text strings.Builder
	for _, client := range clientNames {
		always := tap.always(client)
		fmt.Fprintf(&text, "\n## %s\n\nEach request has:\n\n", client)
		for _, h := range always {
			fmt.Fprintf(&text, "    %s\n", h)
		}
		for _, a := range tap.asks {
			if a.Client != client {
				continue
			}
			fmt.Fprintf(&text, "\n**%s** came to %s\n\n", a.Ask, a.outcome)
			for _, one := range a.sent {
				fmt.Fprintf(&text, "    %s\n", pageToken.ReplaceAllString(one.line, "_page=..."))
				for _, h := range one.header {
					if !slices.Contains(always, h) {
						fmt.Fprintf(&text, "        %s\n", h)
					}
				}
				if len(one.body) > 0 {
					fmt.Fprintf(&text, "        %.500s\n", strings.Join(strings.Fields(string(one.body)), " "))
				}
				fmt.Fprintf(&text, "        -> %d %s\n", one.status, reason(answer{body: one.answer}))
			}
		}
	}
	if err := os.WriteFile(filepath.Clean(file), []byte(text.String()), 0o600); err != nil {
		t.Error(err)
	}
}

// always gives the headers that most requests of a client have.
func (tap *tap) always(client string) (all []string) {
	count, requests := map[string]int{}, 0
	for _, a := range tap.asks {
		if a.Client != client {
			continue
		}
		for _, one := range a.sent {
			requests++
			for _, h := range one.header {
				count[h]++
			}
		}
	}
	for h, n := range count {
		if 2*n > requests {
			all = append(all, h)
		}
	}
	slices.Sort(all)
	return all
}
