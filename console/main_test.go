package console_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
)

// proxied counts what goes to the proxy that the environment names: net/http reads
// the environment once, so it is set for all tests.
var proxied atomic.Int64

func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		proxied.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		_ = os.Setenv(name, proxy.URL)
	}
	code := m.Run()
	if g, err := theRegion(); err == nil {
		g.Close()
	}
	proxy.Close()
	os.Exit(code)
}
