package record_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

const linkedLetter = `{'resourceType':'DocumentReference','id':'d','status':'current','description':'Clinic letter','date':'2026-01-05',
	'content':[{'attachment':{'contentType':'application/pdf','title':'Letter','url':'https://broker.example/fhir/Binary?_link=abc'}},
		{'attachment':{'contentType':'application/pdf','url':'https://elsewhere.example/fhir/Binary?_link=bad'}}]}`

func lettered() collect.Part {
	part := from("riverside", collect.Complete, linkedLetter, `{'resourceType':'Media','id':'m','status':'completed','content':{'url':'https://broker.example/fhir/Binary?_link=def'}}`)
	part.Source.Broker = "https://broker.example/fhir"
	return part
}

func TestADocumentThatTheSourceLinksToCanBeOpened(t *testing.T) {
	view := record.Read([]collect.Part{lettered()}, alice, now)
	var got []record.Document
	for _, l := range all(view) {
		got = append(got, l.Documents...)
		if strings.Contains(fact(l, "Document"), "Letter") {
			t.Errorf("what can be opened is said to stay with the source: %s", fact(l, "Document"))
		}
	}
	if len(got) != 2 || got[0] != (record.Document{Title: "Letter", Kind: "a PDF", Link: "abc", At: "/patients/r1/record/document"}) || got[1].Link != "def" {
		t.Errorf("%+v", got)
	}
}

func TestTheRecordHasAFormForEachDocumentAndNoAddressHoldsItsLink(t *testing.T) {
	s := console(t, &brokers{parts: []collect.Part{lettered()}}, anna(aliceWithNumber(t)))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	for _, want := range []string{
		`<form class="mcr-no-print" method="post" action="/console/patients/r1/record/document"><input type="hidden" name="csrf" value="c5"><input type="hidden" name="source" value="riverside"><input type="hidden" name="link" value="abc">`,
		"Open “Letter”, a PDF", "Open the document",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, "_link=") || strings.Contains(body, "elsewhere") {
		t.Error("an address of the broker's, or another's, stands on the page")
	}
}

func post(t *testing.T, address string, fields url.Values) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", address, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

func TestADocumentComesAsAFileInWhichNothingRuns(t *testing.T) {
	b := &brokers{parts: []collect.Part{lettered()}}
	b.open = func(source, link string) (*collect.Document, error) {
		if source != "riverside" || link != "abc" {
			t.Errorf("asked for %s at %s", link, source)
		}
		return &collect.Document{ContentType: "application/pdf", Extension: "pdf", Size: 200_000, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 200_000)))}, nil
	}
	s := console(t, b, anna(alice))
	response, body, err := post(t, s.URL+"/console/patients/r1/record/document", url.Values{"source": {"riverside"}, "link": {"abc"}})
	if err != nil || len(body) != 200_000 || len(b.bearer) != 1 || b.bearer[0] != "t0ken" {
		t.Errorf("%v, %d bytes, %v", err, len(body), b.bearer)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="document.pdf"`, "Content-Security-Policy": "sandbox; default-src 'none'",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestADocumentThatIsNotShownSaysWhy(t *testing.T) {
	b := &brokers{parts: []collect.Part{lettered()}}
	b.open = func(string, string) (*collect.Document, error) {
		return nil, &collect.NotOpened{Status: 403, Reason: collect.Reason{Code: "opted-out", Text: "The patient has opted out.", Remedy: "Telephone the practice.", RecordID: "019ab5c4"}}
	}
	s := console(t, b, anna(alice))
	response, body, _ := post(t, s.URL+"/console/patients/r1/record/document", url.Values{"source": {"riverside"}, "link": {"abc"}})
	for _, want := range []string{"The patient has opted out. Telephone the practice.", "held by Riverside, telephone 01632 960100", "019ab5c4", `href="/console/patients/r1/record"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
	if response.StatusCode != 403 || response.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	unconfirmed := alice
	unconfirmed.Confirmed = false
	b.open = func(string, string) (*collect.Document, error) { t.Error("opened"); return nil, errors.New("no") }
	s = console(t, b, anna(unconfirmed))
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if response, err := client.PostForm(s.URL+"/console/patients/r1/record/document", url.Values{}); err != nil || response.StatusCode != 303 {
		t.Errorf("of a patient who is not confirmed: %v %v", response, err)
	}
}

// Half a letter must not be taken for one.
func TestADocumentThatBreaksOffIsBrokenForTheBrowserToo(t *testing.T) {
	b := &brokers{parts: []collect.Part{lettered()}}
	b.open = func(string, string) (*collect.Document, error) {
		return &collect.Document{ContentType: "application/pdf", Extension: "pdf", Size: 100, Body: io.NopCloser(io.MultiReader(strings.NewReader("%PDF"), broken{}))}, nil
	}
	s := console(t, b, anna(alice))
	if _, body, err := post(t, s.URL+"/console/patients/r1/record/document", url.Values{"source": {"riverside"}, "link": {"abc"}}); err == nil {
		t.Errorf("came as whole: %q", body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken on purpose") }
