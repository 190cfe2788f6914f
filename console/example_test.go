package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/token"
)

// nobody verifies no token.
type nobody struct{}

func (nobody) Verify(context.Context, *token.Presented) (access.Subject, error) {
	return access.Subject{}, errors.New("verifying token: there is none")
}

func Example() {
	c, err := console.New(console.Config{
		PublicURL: "https://record.example", Issuer: "https://issuer.example", ClientID: "mcr-console",
		Verifier: nobody{}, Collector: &scripted{}, Engine: decision.NewEngine(nil),
	})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest("GET", "https://record.example/console/patients", nil))
	fmt.Println(w.Code, http.StatusText(w.Code), w.Header().Get("Cache-Control"))
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "<h1>") {
			fmt.Print(line)
		}
	}
	// Output:
	// 403 Forbidden no-store
	// <h1>Sign in to go on</h1>
}
