package fhir_test

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

const base = "/gp-north/fhir"

// asked reads a request as a server would, from what is on the wire: a line such
// as "GET /gp-north/fhir/Patient/A", header lines, and for a POST its body after
// an empty line. nil: net/http itself refuses it, with 400.
func asked(t testing.TB, text string) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	line, headers, _ := strings.Cut(head, "\n")
	var wire strings.Builder
	wire.WriteString(line + " HTTP/1.1\r\nHost: broker.example\r\n")
	for h := range strings.SplitSeq(headers, "\n") {
		if h != "" {
			wire.WriteString(h + "\r\n")
		}
	}
	if body != "" && !strings.Contains(headers, "Transfer-Encoding") {
		wire.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	wire.WriteString("\r\n" + body)
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire.String())))
	if err != nil {
		return nil
	}
	return r
}

// form is a POST of a search form.
func form(path, body string) string {
	return "POST " + base + path + "\nContent-Type: application/x-www-form-urlencoded\n\n" + body
}

// refusal is a request and the code that it must be refused with.
type refusal struct{ request, code string }

// mustRefuse sees that each request is refused with its code and that code's
// status. Requests without a method are a GET under the base.
func mustRefuse(t *testing.T, all ...refusal) {
	t.Helper()
	for _, one := range all {
		text := one.request
		if text == "" || strings.ContainsRune("/?", rune(text[0])) {
			text = "GET " + base + text
		}
		r := asked(t, text)
		if r == nil {
			if one.code != byServer {
				t.Errorf("%q: net/http refuses it; want %s", one.request, one.code)
			}
			continue
		}
		req, refusal := fhir.ParseRequest(r, base)
		if refusal == nil {
			t.Errorf("%q: accepted as %+v; want %s", one.request, req, one.code)
			continue
		}
		if one.code == byServer {
			continue // refused by the second of two is as good
		}
		if refusal.Code != one.code {
			t.Errorf("%q: refused with %s; want %s", one.request, refusal.Code, one.code)
		}
		if want := fhir.Codes()[refusal.Code]; refusal.Status != want || want < 400 {
			t.Errorf("%q: status %d; want %d", one.request, refusal.Status, want)
		}
		if (refusal.Status == http.StatusMethodNotAllowed) != (refusal.Allow != "") {
			t.Errorf("%q: status %d with Allow %q", one.request, refusal.Status, refusal.Allow)
		}
		if req.Interaction != "" || req.ID != "" || !req.Patient.IsZero() || req.Params != nil || req.Page != "" {
			t.Errorf("%q: refused, and still gives %+v", one.request, req)
		}
	}
}

// byServer marks what net/http refuses before the broker sees it.
const byServer = "refused by net/http"

// mustParse gives the canonical request of a text.
func mustParse(t testing.TB, text string) fhir.Request {
	t.Helper()
	if strings.HasPrefix(text, "/") {
		text = "GET " + base + text
	}
	r := asked(t, text)
	if r == nil {
		t.Fatalf("%q: net/http refuses it", text)
	}
	req, refusal := fhir.ParseRequest(r, base)
	if refusal != nil {
		t.Fatalf("%q: refused with %s", text, refusal.Code)
	}
	return req
}
