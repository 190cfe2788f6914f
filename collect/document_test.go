package collect_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/vouch"
)

// handing is a broker that answers with a document, or as a test has it.
func handing(id string, answer func(w http.ResponseWriter)) *broker {
	return &broker{id: id, answer: func(w http.ResponseWriter, _ *http.Request) bool {
		answer(w)
		return true
	}}
}

func pdf(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="document.pdf"`)
	w.Header().Set("Content-Length", "8")
	io.WriteString(w, "%PDF-1.7")
}

func TestADocumentIsOpenedAtItsOwnBrokerWithThePersonsToken(t *testing.T) {
	gp, acute := handing("gp", pdf), handing("acute", pdf)
	reg := newRegion(t, collect.Config{}, gp, acute)
	link, ok := reg.Sources()[0].Link(gp.base + "/Binary?_link=abc-_1")
	if !ok || link != "abc-_1" {
		t.Fatalf("%q %v", link, ok)
	}
	d, err := reg.Open(t.Context(), bearer, vouch.Person{}, "gp", link)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(d.Body)
	if err := errors.Join(err, d.Body.Close()); err != nil || string(body) != "%PDF-1.7" || d.ContentType != "application/pdf" || d.Extension != "pdf" || d.Size != 8 {
		t.Errorf("%v %q %+v", err, body, d)
	}
	asked := gp.asked()
	if len(asked) != 1 || asked[0].uri != "/gp/fhir/Binary?_link=abc-_1" || asked[0].header.Get("Authorization") != "Bearer "+bearer || len(acute.asked()) > 0 {
		t.Errorf("%+v, another broker %v", asked, acute.asked())
	}
}

// The token goes to the broker that wrote the link, and nowhere else.
func TestALinkThatLeadsElsewhereIsNone(t *testing.T) {
	gp := handing("gp", pdf)
	reg := newRegion(t, collect.Config{}, gp)
	for _, address := range []string{
		"", "Binary/1", gp.base + "/Binary/1", gp.base + "/Binary?_link=", gp.base + "/Binary?_link=a&x=b", gp.base + "/Binary?_link=a/../b",
		"https://elsewhere.example/fhir/Binary?_link=abc", gp.base + ".elsewhere.example/Binary?_link=abc",
	} {
		if link, ok := reg.Sources()[0].Link(address); ok {
			t.Errorf("%s: %s", address, link)
		}
	}
	for source, link := range map[string]string{"gp": "a&b", "other": "abc", "": ""} {
		var no *collect.NotOpened
		if _, err := reg.Open(t.Context(), bearer, vouch.Person{}, source, link); !errors.As(err, &no) || no.Status != http.StatusNotFound || no.Reason.Code != "link-not-found" {
			t.Errorf("%s %s: %v", source, link, err)
		}
	}
	if len(gp.asked()) > 0 {
		t.Errorf("asked %v", gp.asked())
	}
}

func TestWhatABrokerSaysOfADocumentIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		status int
		code   string
	}{
		"refused": {func(w http.ResponseWriter) { refuse(w, 403, "opted-out") }, 403, "opted-out"},
		"ended":   {func(w http.ResponseWriter) { refuse(w, 404, "link-not-found") }, 404, "link-not-found"},
		"failed":  {func(w http.ResponseWriter) { w.WriteHeader(503) }, 502, "source-unavailable"},
		"led elsewhere": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(302)
		}, 502, "source-answer-not-understood"},
		"no broker": {func(w http.ResponseWriter) { w.WriteHeader(404) }, 502, "source-answer-not-understood"},
		"shown, not kept": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<script>")
		}, 502, "source-answer-not-understood"},
		"named by the source": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Disposition", `attachment; filename="letter of Alice.html"`)
			io.WriteString(w, "x")
		}, 502, "source-answer-not-understood"},
	} {
		reg := newRegion(t, collect.Config{}, handing("gp", c.answer))
		var no *collect.NotOpened
		if _, err := reg.Open(t.Context(), bearer, vouch.Person{}, "gp", "abc"); !errors.As(err, &no) || no.Status != c.status || no.Reason.Code != c.code || strings.Contains(err.Error(), "http") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
