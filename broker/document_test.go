package broker_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

var documentLink = regexp.MustCompile(`http://example\.com(/fhir/Binary\?_link=[A-Za-z0-9_-]+)`)

const (
	pdf    = "%PDF-1.7\nCANARY-letter"
	letter = `{"resourceType":"DocumentReference","id":"d1","subject":{"reference":"Patient/p1"},"content":[{"attachment":{"contentType":"application/pdf","url":"http://source.example/fhir/Binary/b1"}}]}`
)

// reply is what a source answers.
type reply struct {
	status int
	header map[string]string
	body   string
}

// letters is a source that holds one letter, and what else a test gives it.
type letters struct {
	*kit
	replies map[string]reply
	asked   []*http.Request
	at      time.Time
}

func withLetters(t *testing.T) *letters {
	t.Helper()
	l := &letters{kit: newKit(t), at: now, replies: map[string]reply{
		"Patient/p1":           {body: patient},
		"DocumentReference/d1": {body: letter},
		"Binary/b1":            {header: map[string]string{"Content-Type": "application/pdf"}, body: pdf},
	}}
	classes, err := fhir.NewClassifier([]fhir.ClassRule{{Type: "DocumentReference", Class: "documents"}, {Type: "Patient", Class: "demographics"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.decision.Plan = fhir.Plan{Categories: []string{"demographics", "documents"}, Classes: classes}
	pages, err := broker.NewPages(nil)
	if err != nil {
		t.Fatal(err)
	}
	documents := broker.NewPlaces(2, 1)
	l.configure = func(c *broker.Config) {
		c.Pages, c.Documents, c.Clock = pages, documents, func() time.Time { return l.at }
		c.Source.MaxDocumentBytes = 1000
	}
	l.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked = append(l.asked, r.Clone(r.Context()))
		answer, ok := l.replies[strings.TrimPrefix(r.URL.RequestURI(), "/fhir/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		for name, value := range answer.header {
			w.Header().Set(name, value)
		}
		if answer.status != 0 {
			w.WriteHeader(answer.status)
		}
		_, _ = w.Write([]byte(answer.body))
	})
	return l
}

// link reads the letter and gives the link that is in it.
func (l *letters) link() string {
	l.t.Helper()
	w := l.get("/fhir/DocumentReference/d1")
	found := documentLink.FindStringSubmatch(w.Body.String())
	if found == nil {
		l.t.Fatalf("no link to the document: %d %s", w.Code, w.Body)
	}
	l.asked, l.record.records = nil, nil
	return found[1]
}

// shut holds that a link opens nothing: an outcome with the reason, no byte of the
// document, and one record that says so.
func (l *letters) shut(link string, status int, reason string) audit.Record {
	l.t.Helper()
	l.record.records, l.asked = nil, nil
	w := l.get(link)
	if w.Code != status || !strings.Contains(w.Body.String(), `"code":"`+reason+`"`) || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/fhir+json") {
		l.t.Errorf("%d %s %s, want %d %s", w.Code, w.Header().Get("Content-Type"), w.Body, status, reason)
	}
	if strings.Contains(w.Body.String(), "CANARY") || w.Header().Get("Content-Disposition") != "" {
		l.t.Errorf("some of the document left: %s", w.Body)
	}
	rec := l.only()
	if rec.DocumentDigest != "" || rec.DocumentBytes != 0 || rec.DocumentType != "" || len(rec.Categories) != 0 {
		l.t.Errorf("the record says that a document left: %+v", rec)
	}
	return rec
}

func TestADocumentOpensAsAFileAndIsRecordedWithItsDigest(t *testing.T) {
	l := withLetters(t)
	link := l.link()
	sealed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(link, "/fhir/Binary?_link="))
	if text := string(sealed); err != nil || strings.Contains(text, "Binary/b1") || strings.Contains(text, "9990000018") || strings.Contains(text, "DocumentReference") {
		t.Errorf("the link tells what is in it: %s %v", link, err)
	}
	r := httptest.NewRequest(http.MethodGet, link, nil)
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Accept", "text/html,*/*;q=0.1")
	w := l.do(r)
	if w.Code != http.StatusOK || w.Body.String() != pdf {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="document.pdf"`, "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store", "Content-Length": strconv.Itoa(len(pdf)),
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	digest := sha256.Sum256([]byte(pdf))
	rec := l.only()
	if rec.DocumentType != "application/pdf" || rec.DocumentBytes != int64(len(pdf)) || rec.DocumentDigest != hex.EncodeToString(digest[:]) ||
		rec.Interaction != "document" || rec.ResourceType != "DocumentReference" || rec.Query != "DocumentReference/d1" || rec.Outcome != audit.Released ||
		rec.Categories["documents"] != 1 || len(rec.Resources) != 1 || rec.Resources[0] != "DocumentReference/d1" || rec.PatientHMAC == "" || rec.BytesReleased != int64(len(pdf)) {
		t.Errorf("%+v", rec)
	}
	last := l.asked[len(l.asked)-1]
	if last.URL.Path != "/fhir/Binary/b1" || last.Header.Get("Accept") != "application/pdf, application/fhir+json;q=0.5, */*;q=0.1" || last.Header.Get("Authorization") != "" {
		t.Errorf("the source was asked %s %v", last.URL, last.Header)
	}
}

func TestADocumentInFHIRsOwnFormIsDecoded(t *testing.T) {
	l := withLetters(t)
	l.replies["Binary/b1"] = reply{body: `{"resourceType":"Binary","id":"b1","contentType":"application/pdf","securityContext":{"reference":"Patient/p1"},"data":"` + base64.StdEncoding.EncodeToString([]byte(pdf)) + `"}`}
	if w := l.get(l.link()); w.Code != http.StatusOK || w.Body.String() != pdf {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestALinkIsOnePersonsInOneRoleAtOneSourceForAWhile(t *testing.T) {
	l := withLetters(t)
	link := l.link()
	organisation, role := l.subject.Organisation, l.subject.Role
	other, _ := nhs.ParseODSCode("RZ9")
	nurse, _ := nhs.ParseRoleCode("R8001")
	for name, change := range map[string]func(){
		"another person":       func() { l.subject.UserID = "u2" },
		"another role":         func() { l.subject.Role = nurse },
		"another organisation": func() { l.subject.Organisation = other },
		"another issuer":       func() { l.subject.Issuer = "other" },
		"after its end":        func() { l.at = now.Add(15 * time.Minute) },
	} {
		change()
		if rec := l.shut(link, http.StatusNotFound, "link-not-found"); rec.Outcome != audit.Refused || len(l.asked) > 0 {
			t.Errorf("%s: %s, the source was asked %v", name, rec.Outcome, l.asked)
		}
		l.subject.UserID, l.subject.Role, l.subject.Organisation, l.subject.Issuer, l.at = "u1", role, organisation, "iss", now
	}
	before := l.configure
	l.configure = func(c *broker.Config) { before(c); c.Source.ID = "another" }
	l.shut(link, http.StatusNotFound, "link-not-found")
	l.configure = before
	for _, forged := range []string{link[:len(link)-2] + "AA", "/fhir/Binary?_link=abc", strings.Replace(link, "Binary?_link", "DocumentReference?_page", 1)} {
		want := "link-not-found"
		if strings.Contains(forged, "_page") {
			want = "page-not-found"
		}
		l.shut(forged, http.StatusNotFound, want)
	}
	l.at = now.Add(15*time.Minute - time.Second)
	if w := l.get(link); w.Code != http.StatusOK {
		t.Errorf("before its end: %d", w.Code)
	}
}

// What was given a link says nothing: all is judged by what holds when it is opened.
func TestALinkIsDecidedAnew(t *testing.T) {
	l := withLetters(t)
	link, permitted := l.link(), l.decision
	l.decision = deny
	if rec := l.shut(link, http.StatusForbidden, "no-active-care-relationship"); rec.Effect != "deny" || len(l.asked) > 0 {
		t.Errorf("%+v", rec)
	}
	l.decision = permitted
	for name, c := range map[string]struct {
		change func(l *letters)
		status int
		reason string
	}{
		"the letter is masked now":     {func(l *letters) { l.decision.Plan.Masks = []string{"DocumentReference.content"} }, 404, "not-found"},
		"letters are outside the plan": {func(l *letters) { l.decision.Plan.Categories = []string{"demographics"} }, 404, "not-found"},
		"the letter has a label now": {func(l *letters) {
			l.replies["DocumentReference/d1"] = reply{body: strings.Replace(letter, `"subject"`, `"meta":{"security":[{"system":"s","code":"R"}]},"subject"`, 1)}
		}, 404, "not-found"},
		"the letter is gone": {func(l *letters) { delete(l.replies, "DocumentReference/d1") }, 404, "not-found"},
		"the letter is another patient's": {func(l *letters) {
			l.replies["DocumentReference/d1"] = reply{body: strings.Replace(letter, "Patient/p1", "Patient/p2", 1)}
		}, 404, "not-found"},
		"the letter has another document": {func(l *letters) {
			l.replies["DocumentReference/d1"] = reply{body: strings.Replace(letter, "Binary/b1", "Binary/b2", 1)}
		}, 404, "not-found"},
		"the document is gone":         {func(l *letters) { delete(l.replies, "Binary/b1") }, 404, "not-found"},
		"the letter is not understood": {func(l *letters) { l.replies["DocumentReference/d1"] = reply{body: "{"} }, 502, "source-answer-not-understood"},
		"the source is away":           {func(l *letters) { l.replies["Binary/b1"] = reply{status: 503} }, 502, "source-unavailable"},
		"the source leads elsewhere": {func(l *letters) {
			l.replies["Binary/b1"] = reply{status: 302, header: map[string]string{"Location": "http://elsewhere.example/" + canary}}
		}, 502, "source-answer-not-understood"},
		"the answer is compressed": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "application/pdf", "Content-Encoding": "gzip"}, body: pdf}
		}, 502, "source-answer-not-understood"},
		"it is another resource": {func(l *letters) { l.replies["Binary/b1"] = reply{body: observation} }, 502, "source-answer-not-understood"},
		"it is too large": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "application/pdf"}, body: pdf + strings.Repeat(" ", 1000)}
		}, 502, "document-too-large"},
		"it is far too large": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "application/pdf"}, body: pdf + strings.Repeat(" ", 1<<20)}
		}, 502, "document-too-large"},
		"it is no PDF": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "application/pdf"}, body: "<html>" + canary}
		}, 502, "document-not-as-declared"},
		"it is HTML": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "text/html"}, body: canary}
		}, 403, "document-kind-not-offered"},
		"it is SVG": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "image/svg+xml"}, body: canary}
		}, 403, "document-kind-not-offered"},
		"it is kept behind another patient": {func(l *letters) {
			l.replies["Binary/b1"] = reply{header: map[string]string{"Content-Type": "application/pdf", "X-Security-Context": "Patient/p2"}, body: pdf}
		}, 404, "not-found"},
		"in FHIR's own form, too": {func(l *letters) {
			l.replies["Binary/b1"] = reply{body: `{"resourceType":"Binary","contentType":"application/pdf","securityContext":{"reference":"Patient/p2"},"data":"JVBERi0="}`}
		}, 404, "not-found"},
		"or behind what is not offered": {func(l *letters) {
			l.replies["Binary/b1"] = reply{body: `{"resourceType":"Binary","contentType":"application/pdf","securityContext":{"reference":"Account/1"},"data":"JVBERi0="}`}
		}, 404, "not-found"},
		"or elsewhere": {func(l *letters) {
			l.replies["Binary/b1"] = reply{body: `{"resourceType":"Binary","contentType":"application/pdf","securityContext":{"reference":"http://elsewhere.example/Patient/p1"},"data":"JVBERi0="}`}
		}, 502, "source-answer-not-understood"},
		"it has a label": {func(l *letters) {
			l.replies["Binary/b1"] = reply{body: `{"resourceType":"Binary","meta":{"security":[{"system":"s","code":"R"}]},"contentType":"application/pdf","data":"JVBERi0="}`}
		}, 404, "not-found"},
		"it cannot be recorded": {func(l *letters) { l.record.fails = errBroken }, 503, "audit-unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			l := withLetters(t)
			link := l.link()
			c.change(l)
			if name == "it cannot be recorded" {
				if w := l.get(link); w.Code != c.status || w.Header().Get("Content-Disposition") != "" || strings.Contains(w.Body.String(), canary) {
					t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
				}
				return
			}
			l.shut(link, c.status, c.reason)
		})
	}
}

// Each document is held whole in memory, so there are only so many at once.
func TestDocumentsAtOnceAreBounded(t *testing.T) {
	l := withLetters(t)
	link := l.link()
	h := l.handler()
	arrived, proceed := make(chan struct{}), make(chan struct{})
	next := l.source
	l.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "Binary") {
			arrived <- struct{}{}
			<-proceed
		}
		next.ServeHTTP(w, r)
	})
	slow := l.handler()
	open := func(h http.Handler) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, link, nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer token")
		h.ServeHTTP(w, r)
		return w
	}
	done := make(chan int)
	go func() { done <- open(slow).Code }()
	<-arrived
	if w := open(h); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a second one of the same person: %d", w.Code)
	}
	close(proceed)
	if code := <-done; code != http.StatusOK {
		t.Errorf("the first: %d", code)
	}
	if w := open(h); w.Code != http.StatusOK {
		t.Errorf("after the first has ended: %d", w.Code)
	}
}

func TestAttack100AnAddressElsewhereGetsNoLink(t *testing.T) {
	for _, address := range []string{
		"http://elsewhere.example/fhir/Binary/b1", "https://source.example/fhir/Binary/b1", "//elsewhere.example/x", "file:///etc/passwd", "javascript:alert(1)",
		"http://u:p@source.example/fhir/Binary/b1", "http://source.example/admin", "http://source.example/fhirish/Binary/b1", "../admin", "Binary/../../admin",
		"Binary/%2e%2e/admin", "Binary//b1", "Patient/p1/$everything", "Binary/b1#x", "Binary/b%2F1", "", "http://[", strings.Repeat("a", 2000),
	} {
		l := withLetters(t)
		l.replies["DocumentReference/d1"] = reply{body: strings.Replace(letter, "http://source.example/fhir/Binary/b1", address, 1)}
		w := l.get("/fhir/DocumentReference/d1")
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "url") {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
	for _, address := range []string{"Binary/b1", "/fhir/Binary/b1", "http://source.example/fhir/Binary/b1", "Binary/b1/_history/2", "files/2026/letter.pdf", "Binary/b1?version=2"} {
		l := withLetters(t)
		l.replies["DocumentReference/d1"] = reply{body: strings.Replace(letter, "http://source.example/fhir/Binary/b1", address, 1)}
		l.replies[strings.TrimPrefix(strings.TrimPrefix(address, "http://source.example"), "/fhir/")] = reply{header: map[string]string{"Content-Type": "application/pdf"}, body: pdf}
		if w := l.get(l.link()); w.Code != http.StatusOK || w.Body.String() != pdf {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
}

func TestHEADTellsOfADocumentWithoutGivingIt(t *testing.T) {
	l := withLetters(t)
	r := httptest.NewRequest(http.MethodHead, l.link(), nil)
	r.Header.Set("Authorization", "Bearer token")
	w := l.do(r)
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "" || l.only().BytesReleased != 0 {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
