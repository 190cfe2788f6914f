package console_test

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if g, err := theRegion(); err == nil {
		g.Close()
	}
	os.Exit(code)
}
