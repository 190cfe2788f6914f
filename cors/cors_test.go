package cors_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mycarerecord/mcr/cors"
)

func TestAnOriginIsWrittenAsBrowsersDo(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://app.example": true, "https://app.example:8443": true, "http://localhost:3000": true, "http://127.0.0.1:3000": true,
		"": false, "*": false, "null": false, "https://*.app.example": false, "https://app.example/": false, "https://App.example": false, "https://app.example:443": false,
		"http://app.example": false, "app.example": false, "https://u@app.example": false, "https://": false, "http://localhost:80": false,
	} {
		if err := cors.CheckOrigin(origin); (err == nil) != ok {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// The zero Policy lets nobody, and repeats nothing.
func TestWithoutOriginsNobodyMay(t *testing.T) {
	r := httptest.NewRequest(http.MethodOptions, "/", nil)
	r.Header.Set("Origin", "https://app.example")
	h := http.Header{}
	if new(cors.Policy).Preflight(h, r) || len(h) != 1 {
		t.Errorf("%v", h)
	}
	h = http.Header{}
	if new(cors.Policy).Share(h, r); len(h) != 0 {
		t.Errorf("%v", h)
	}
}

// A handler answers preflights, and lets one page read what it says.
func Example() {
	policy := &cors.Policy{Origins: []string{"https://app.example"}, Methods: "GET", Headers: "Authorization"}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cors.IsPreflight(r) {
			if !policy.Preflight(w.Header(), r) {
				w.WriteHeader(http.StatusForbidden)
			}
			return
		}
		policy.Share(w.Header(), r)
	})
	for _, origin := range []string{"https://app.example", "https://elsewhere.example"} {
		r := httptest.NewRequest(http.MethodOptions, "/", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "GET")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Access-Control-Allow-Origin"))
	}
	// Output:
	// 200 https://app.example
	// 403
}
