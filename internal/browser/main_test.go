//go:build servers

package browser_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// One Chromium and one region serve all stories: each story has a person whose
// browser knows nothing, and patients whom no other story touches.
var (
	chromium = sync.OnceValues(func() (*browser.Browser, error) {
		b, err := browser.Start(context.Background())
		if err == nil {
			atEnd = append(atEnd, b.Close)
		}
		return b, err
	})
	atEnd []func() error
)

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(atEnd) - 1; i >= 0; i-- {
		if err := atEnd[i](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

func start(t *testing.T) *browser.Browser {
	t.Helper()
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
