//go:build servers

package provider_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// One provider, one region and one Chromium serve all tests. Each test loads the
// Caddyfile that it needs, so none runs beside another.
var (
	theWorld = sync.OnceValues(newWorld)
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
