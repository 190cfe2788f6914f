package signin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/token"
)

// nobody verifies no token.
type nobody struct{}

func (nobody) Verify(context.Context, *token.Presented) (access.Subject, error) {
	return access.Subject{}, errors.New("verifying token: there is none")
}

func Example() {
	room, err := signin.New(signin.Config{
		Base: "/console", PublicURL: "https://record.example", Issuer: "https://issuer.example",
		Client: token.Client{ID: "mcr-console"}, Verifier: nobody{},
	})
	if err != nil {
		panic(err)
	}
	page := room.SignedIn(func(w http.ResponseWriter, _ *http.Request, who *page.Person) {
		fmt.Fprintln(w, "Hello,", who.Subject.Name)
	})
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "https://record.example/console/hello", nil))
	fmt.Println(w.Code, http.StatusText(w.Code))
	// Output: 403 Forbidden
}
