package page_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/mycarerecord/mcr/console/page"
)

func Example() {
	room := fstest.MapFS{"templates/hello.html": {Data: []byte(
		`{{define "title"}}Hello{{end}}{{define "content"}}<h1>Hello, {{.}}</h1><form method="post" action="{{path "/hello"}}">{{csrf}}</form>{{end}}`)}}
	set, err := page.New("/console", room, nil)
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	set.Render(w, httptest.NewRequest("GET", "/console/hello", nil), &page.Person{CSRF: "c5"}, 200, "hello", "<b>you</b>")
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "<h1>") {
			fmt.Print(line)
		}
	}
	// Output: <h1>Hello, &lt;b&gt;you&lt;/b&gt;</h1><form method="post" action="/console/hello"><input type="hidden" name="csrf" value="c5"></form>
}
