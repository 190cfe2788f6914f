package asking

import (
	"net/http"
	"testing"
	"time"
)

// Go asks no proxy for this machine, so that only the transport itself can tell.
func TestThereIsNoProxy(t *testing.T) {
	if newClient(nil, time.Second).Transport.(*http.Transport).Proxy != nil {
		t.Error("tokens would go through a proxy")
	}
}
