//go:build servers

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axePath is where `make assets` puts axe-core, from the root of the module.
const axePath = "console/assets/node_modules/axe-core/axe.min.js"

// rules are those of WCAG 2.2, levels A and AA, and what axe calls good practice.
var rules = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

var axe = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(axePath)))
	if err != nil {
		return "", fmt.Errorf("reading axe-core: run `make assets` first: %w", err)
	}
	return string(text), nil
})

// Violation is something that axe found.
type Violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// Axe complains about everything that axe finds on the page.
func (tab *Tab) Axe() {
	tab.t.Helper()
	for _, v := range tab.Violations() {
		var where []string
		for i, n := range v.Nodes {
			if i == 3 {
				where = append(where, fmt.Sprintf("and %d more", len(v.Nodes)-i))
				break
			}
			where = append(where, strings.Join(strings.Fields(n.HTML+" – "+n.FailureSummary), " "))
		}
		tab.t.Errorf("axe at %s: %s (%s): %s\n\t%s", tab.Path(), v.ID, v.Impact, v.Help, strings.Join(where, "\n\t"))
	}
}

// Violations is what axe finds on the page.
func (tab *Tab) Violations() []Violation {
	tab.t.Helper()
	script, err := axe()
	tab.must("looking with axe", err)
	ctx, cancel := context.WithTimeout(tab.ctx, 2*within)
	defer cancel()
	tab.must("bringing in axe", chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script+";void 0")))
	values, _ := json.Marshal(rules)
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`axe.run(document, {runOnly: {type: "tag", values: `+string(values)+`}, resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations))`,
		chromedp.EvalAwaitPromise))
	tab.must("looking with axe", err)
	var found []Violation
	tab.must("reading what axe says", json.Unmarshal([]byte(text), &found))
	return found
}
