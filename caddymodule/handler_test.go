package caddymodule

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A connection that one question began to open still reads Caddy's variables when the next
// question of the same request writes to them: each has a table of its own, with what the
// request's holds. (The race detector is the judge; without a table of its own it is a crash.)
func TestEveryQuestionToTheSourceHasItsOwnVariables(t *testing.T) {
	var dials sync.WaitGroup
	defer dials.Wait()
	asked := 0
	ask := apart(caddyhttp.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		if got := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey); got != "192.0.2.1" {
			t.Errorf("the client's address is %v", got)
		}
		if got := caddyhttp.GetVar(r.Context(), "written"); got != nil {
			t.Errorf("question %d finds what an earlier one wrote: %v", asked, got)
		}
		caddyhttp.SetVar(r.Context(), "written", asked)
		asked++
		dials.Go(func() { caddyhttp.GetVar(r.Context(), "written") })
		return nil
	}))
	vars := map[string]any{caddyhttp.ClientIPVarKey: "192.0.2.1"}
	r := httptest.NewRequestWithContext(context.WithValue(t.Context(), caddyhttp.VarsCtxKey, vars), http.MethodGet, "/", nil)
	for range 3 {
		if err := ask(httptest.NewRecorder(), r); err != nil {
			t.Fatal(err)
		}
	}
	if len(vars) != 1 {
		t.Errorf("the request's own table was written to: %v", vars)
	}
}
