package trail_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/trail"
)

// An officer looks at the overview: first the look is recorded, then the page is sent.
func Example() {
	dir, err := os.MkdirTemp("", "trail-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	keys, err := protect.CreateKeys(filepath.Join(dir, "keys"))
	if err != nil {
		panic(err)
	}
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	if err != nil {
		panic(err)
	}
	policyBook, err := written() // decision.Book, which reads the policies
	if err != nil {
		panic(err)
	}
	recorder := new(looks) // an *audit.Journal, in earnest
	room, err := trail.New(context.Background(), trail.Config{
		Trail: new(trailtest.Memory), Recorder: recorder, Protector: protector, Book: policyBook,
	})
	if err != nil {
		panic(err)
	}
	officer := &page.Person{Areas: page.Areas{Trail: true}, Subject: access.Subject{UserID: "555009000100", Name: "Olive Officer", Organisation: code("RZ1")}}
	mux := http.NewServeMux()
	room.Mount(func(pattern string, h page.Handler) {
		mux.HandleFunc(strings.Replace(pattern, " ", " /console", 1), func(w http.ResponseWriter, r *http.Request) { h(w, r, officer) })
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/console/trail?from=2026-03-01&to=2026-03-05", nil))
	look := recorder.all[0]
	fmt.Println(w.Code, look.UserName, look.Action, look.Query, "in the part of", look.SourceOrg)
	// Output: 200 Olive Officer look-at-trail overview?from=2026-03-01&to=2026-03-05 in the part of RZ1
}
