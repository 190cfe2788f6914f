package record_test

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
	"github.com/mycarerecord/mcr/nhs"
)

// get asks for a page, without following where it leads.
func get(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s %s: Cache-Control %q", method, url, got)
	}
	return response, string(body)
}

func aliceWithNumber(t *testing.T) page.Patient {
	t.Helper()
	n, err := nhs.ParseNumber("9990001014")
	if err != nil {
		t.Fatal(err)
	}
	who := alice
	who.Number = n
	return who
}

func TestTheShellAsksNobodyAndTheWholePageAsksOnce(t *testing.T) {
	who := aliceWithNumber(t)
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin), from("hill", collect.TimedOut)}}
	s := console(t, b, anna(who))
	const at = "/console/patients/r1/record"

	_, shell := get(t, "GET", s.URL+at)
	if len(b.asked) != 0 || !strings.Contains(shell, `data-record="`+at+`/parts"`) || !strings.Contains(shell, "0 of 2 sources have answered so far") {
		t.Errorf("asked %d times; the shell: %s", len(b.asked), shell)
	}
	if !strings.Contains(shell, `<noscript><meta http-equiv="refresh" content="0; url=`+at+`?whole=1">`) {
		t.Error("without a script the shell leads nowhere")
	}
	if !strings.Contains(shell, `<a href="#summary">Summary</a>`) || !strings.Contains(shell, `id="summary" tabindex="-1" aria-labelledby="summary-heading"`) || !strings.Contains(shell, `id="summary-heading">Summary</h2>`) {
		t.Error("the way to the summary leads to nothing that is called so")
	}
	get(t, "HEAD", s.URL+at+"?whole=1")
	get(t, "HEAD", s.URL+at+"/print")
	get(t, "HEAD", s.URL+at+"/parts")
	if len(b.asked) != 0 {
		t.Error("HEAD looked at a record")
	}
	response, whole := get(t, "GET", s.URL+at+"?whole=1")
	if response.StatusCode != 200 || len(b.asked) != 1 || b.bearer[0] != "t0ken" || b.asked[0].Patient != who.Number || len(b.asked[0].Categories) != 0 {
		t.Errorf("%d; asked %+v", response.StatusCode, b.asked)
	}
	for _, want := range []string{"Allergy to penicillin", "High risk", "Did not answer in time", "01632 960100", "999 000 1014", "11 February 1958 (68 years)", "Allergies not known in full from:"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the whole page lacks %q", want)
		}
	}
	if strings.Contains(whole, "data-record=") || strings.Contains(whole, "noscript") {
		t.Error("the whole page asks again")
	}
}

func TestWhoMayNotBeShownIsNotAskedFor(t *testing.T) {
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin)}}
	unconfirmed := alice
	unconfirmed.Confirmed = false
	for _, path := range []string{"record?whole=1", "record/print", "record/parts", "record"} {
		s := console(t, b, anna(unconfirmed))
		if response, _ := get(t, "GET", s.URL+"/console/patients/r1/"+path, "Accept", "text/event-stream"); response.StatusCode != 303 || response.Header.Get("Location") != "/console/patients/r1" {
			t.Errorf("%s of somebody not confirmed: %d %s", path, response.StatusCode, response.Header.Get("Location"))
		}
		s = console(t, b, anna(alice))
		if response, body := get(t, "GET", s.URL+"/console/patients/other/"+path, "Accept", "text/event-stream"); response.StatusCode != 404 || !strings.Contains(body, "Find the patient again") {
			t.Errorf("%s of another session's patient: %d", path, response.StatusCode)
		}
		if response, _ := get(t, "GET", s.URL+"/console/patients/r1/"+path, "Sec-Purpose", "prefetch;prerender"); response.StatusCode != 503 {
			t.Errorf("%s in advance: %d", path, response.StatusCode)
		}
	}
	s := console(t, b, anna(alice))
	if response, _ := get(t, "GET", s.URL+"/console/patients/r1/record/parts"); response.StatusCode != 303 {
		t.Errorf("a stream in a window of its own: %d", response.StatusCode)
	}
	if len(b.asked) != 0 {
		t.Errorf("brokers were asked %d times", len(b.asked))
	}
}

func TestWrongDateOfBirthShowsNothingOnAnyPage(t *testing.T) {
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin), from("hill", collect.Complete, patientBorn(`,'birthDate':'1958-11-02'`))}}
	unchecked := alice
	unchecked.Checked = false
	s := console(t, b, anna(unchecked))
	for _, path := range []string{"record?whole=1", "record/print"} {
		_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		if strings.Contains(body, "penicillin") || strings.Contains(body, "November 1958") || strings.Contains(body, "1958-11-02") || !strings.Contains(body, "The dates of birth differ") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestAPrintSaysWhoWhenAndNotToBeFiled(t *testing.T) {
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin, `{'resourceType':'Condition','id':'c','code':{'text':'Cough'}}`,
		`{'resourceType':'Encounter','id':'v','status':'finished','class':{'display':'Seen at home'}}`), from("hill", collect.Withheld)}}
	s := console(t, b, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record/print?category=conditions")
	for _, want := range []string{"Anna Example, Consultant, St Example&#39;s", "2 March 2026, 22:30 GMT", "Not to be filed", "Not everything is shown", "Allergy to penicillin", "Cough", "Not all entries are listed", "It leaves out 1 of 3 entries: visits and stays (1)."} {
		if !strings.Contains(body, want) {
			t.Errorf("the print lacks %q", want)
		}
	}
	if strings.Contains(body, "<details class=\"nhsuk-details nhsuk-expander mcr-part\" id=\"part-conditions\" data-part-of=\"conditions\">") {
		t.Error("something on paper is folded away")
	}
}

var digits = regexp.MustCompile(`999 ?000 ?1014|1958-02-11|Ashdown`)

// TestPagesAreSafe walks every element of every page over a record full of tricks.
func TestPagesAreSafe(t *testing.T) {
	const evil = `<script>alert(1)</script>\" onerror=\"x' style='y javascript:alert(1) {{.}} </textarea></noscript><!--`
	tricks := strings.ReplaceAll(evil, `'`, `\u0027`)
	var entries []string
	for _, l := range []string{
		`{'resourceType':'AllergyIntolerance','id':'E','code':{'text':'E'},'reaction':[{'manifestation':[{'text':'E'}]}],'note':[{'text':'E'}]}`,
		`{'resourceType':'MedicationRequest','id':'E','status':'E','medicationCodeableConcept':{'text':'E'},'dosageInstruction':[{'text':'E'}]}`,
		`{'resourceType':'MedicationRequest','id':'E2','status':'active','medicationCodeableConcept':{'text':'E'},'authoredOn':'E'}`,
		`{'resourceType':'Observation','id':'1','status':'final','code':{'text':'E'},'effectiveDateTime':'2024','valueQuantity':{'value':1,'unit':'E'}}`,
		`{'resourceType':'Observation','id':'2','status':'final','code':{'text':'E'},'effectiveDateTime':'2025','valueQuantity':{'value':'E','unit':'E'},'interpretation':[{'text':'E'}]}`,
		`{'resourceType':'DocumentReference','id':'E','status':'current','description':'E','content':[{'attachment':{'contentType':'text/plain','data':'PHNjcmlwdD4='}}]}`,
		`{'resourceType':'Patient','id':'E','birthDate':'1958-02-11','name':[{'text':'E'}],'gender':'E','deceasedString':'E'}`,
		`{'resourceType':'E','id':'E','E':'E'}`, `{'resourceType':'Flag','status':'active','code':{'text':'E'},'period':{'start':'E'}}`,
		`{'resourceType':'Appointment','status':'booked','start':'2027-01-01','description':'E','participant':[{'actor':{'display':'E'}}]}`,
		`{'resourceType':'CarePlan','status':'active','title':'E'}`, `{'resourceType':'RelatedPerson','name':[{'text':'E'}],'telecom':[{'value':'E'}]}`,
	} {
		entries = append(entries, strings.ReplaceAll(strings.ReplaceAll(l, "'", `"`), "E", tricks))
	}
	who := aliceWithNumber(t)
	who.Name = "<script>Ashdown"
	evilSource := from("e", collect.Refused)
	evilSource.Source.Name, evilSource.Reason = evil, collect.Reason{Code: "permission-needed", Text: evil, Remedy: evil, RecordID: evil}
	part := from("riverside", collect.Complete)
	for _, text := range entries {
		part.Entries = append(part.Entries, collect.Entry{Resource: []byte(text)})
	}
	s := console(t, &brokers{parts: []collect.Part{part, evilSource}}, anna(who))
	for _, path := range []string{"record", "record?whole=1", "record?whole=1&source=riverside&category=laboratory&since=5y", "record/print"} {
		response, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		if response.StatusCode != 200 {
			t.Fatalf("%s: %d", path, response.StatusCode)
		}
		check(t, path, body)
	}
}

// check parses a page as a browser does.
func check(t *testing.T, path, body string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.ElementNode && slices.Contains([]string{"style", "iframe", "img", "object", "base"}, n.Data) {
			t.Errorf("%s: <%s>", path, n.Data)
		}
		if n.Type == html.ElementNode && n.Data == "script" && (n.FirstChild != nil || len(n.Attr) != 2) {
			t.Errorf("%s: a script of somebody's", path)
		}
		if n.Type == html.ElementNode && n.Data == "title" && digits.MatchString(n.FirstChild.Data) {
			t.Errorf("%s: the title, which a browser keeps, names the patient", path)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				t.Errorf("%s: attribute %s", path, a.Key)
			case a.Key == "href" || a.Key == "action" || a.Key == "src" || a.Key == "data-record":
				if digits.MatchString(a.Val) || !strings.HasPrefix(a.Val, "/console") && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			case a.Key == "id":
				if ids[a.Val] {
					t.Errorf("%s: two elements are %q", path, a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if at, ok := strings.CutPrefix(a.Val, "#"); ok && a.Key == "href" && !ids[at] && !strings.Contains(path, "source=") && !strings.Contains(path, "print") {
				t.Errorf("%s: a link to #%s, which is nowhere", path, at)
			}
		}
	}
}

func TestNewNeedsACollector(t *testing.T) {
	if _, err := record.New(record.Config{Base: "/console"}); err == nil {
		t.Error("pages without a collector")
	}
}
