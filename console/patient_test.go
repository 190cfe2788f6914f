package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/internal/surfer"
)

const number = "9990000018"

// looked signs in and looks the patient of the scripted sources up.
func (k *kit) looked(parts ...collect.Part) *surfer.Surfer {
	k.t.Helper()
	k.sources.parts = func(collect.Question) []collect.Part { return parts }
	return k.signIn("consultant").Open(k.url("/patients")).Submit("/console/patients", search("999 000–0018", "1", "2", "1958"))
}

func of(id, name string, p collect.Part) collect.Part {
	p.Source = source(id, name, "RZ9")
	return p
}

func bare(s collect.Status) collect.Part { return collect.Part{Status: s} }

func TestWhatIsTypedWrong(t *testing.T) {
	k := newKit(t, nil)
	s := k.signIn("consultant")
	for name, c := range map[string]struct {
		form url.Values
		says []string
	}{
		"nothing":         {search("", "", "", ""), []string{"Enter the NHS number", "Enter the day, month and year of birth"}},
		"check digit":     {search("9990000019", "1", "2", "1958"), []string{"one digit is wrong, or two are the wrong way round"}},
		"nine digits":     {search("999000001", "1", "2", "1958"), []string{"must have 10 digits"}},
		"full width":      {search("９９９００００１８", "1", "2", "1958"), []string{"only the digits 0 to 9"}},
		"no such day":     {search(number, "31", "2", "1958"), []string{"must be a real date"}},
		"a year to come":  {search(number, "31", "1", "2058"), []string{"must not be in the future"}},
		"script":          {search(`"><script>alert(1)</script>`, `"><b>`, "2", "1958"), []string{"only the digits 0 to 9", "must be a real date"}},
		"a year in words": {search(number, "1", "2", "’58"), []string{"must be a real date"}},
	} {
		s.Open(k.url("/patients")).Submit("/console/patients", c.form).Shows(422, append(c.says, "There is a problem")...).Hides("<script>alert", `"><b>`)
		if !strings.Contains(s.Body, "<title>Error: ") {
			t.Errorf("%s: the title does not say that there is an error", name)
		}
	}
	if len(k.sources.asked) != 0 {
		t.Error("a source was asked")
	}
}

func TestFindingAsksForDemographicsAlone(t *testing.T) {
	k := newKit(t, nil)
	s := k.looked(known("Ann Alder", "1958-02-01"))
	s.Shows(200, "Ann Alder", "1 February 1958", "999 000 0018", "says St Aldhelm's Hospital")
	if len(k.sources.asked) != 1 || len(k.sources.asked[0].Categories) != 1 || k.sources.asked[0].Categories[0] != "demographics" {
		t.Errorf("asked for %+v", k.sources.asked)
	}
	if len(k.sources.bearer) != 1 || !strings.HasPrefix(k.sources.bearer[0], "eyJ") {
		t.Error("not asked with the professional's token")
	}
	if strings.Contains(k.log.String(), number) || strings.Contains(strings.Join(s.Seen, " "), number) {
		t.Error("the number is in the log or in an address")
	}
}

func TestWhoThePatientIs(t *testing.T) {
	dead := known("Ann Alder", "1958-02-01")
	dead.Entries[0].Resource = []byte(strings.Replace(string(dead.Entries[0].Resource), "{", `{"deceasedDateTime":"2026-07-05T23:30:00Z",`, 1))
	for name, c := range map[string]struct {
		parts  []collect.Part
		status int
		says   []string
		hides  []string
	}{
		"two sources, two ways of writing": {[]collect.Part{known("Ann Alder", "1958-02-01"), of("b", "B Hospital", known("Ms ALDER, Anne", "1958-02-01"))}, 200,
			[]string{"Ann Alder, male", "says St Aldhelm's", "Ms ALDER, Anne", "says B Hospital"}, []string{"Another date of birth"}},
		"another date at one source": {[]collect.Part{known("Ann Alder", "1958-02-01"), of("b", "B Hospital", known("Zoe Zander", "1958-01-02"))}, 200,
			[]string{"Ann Alder", "Another date of birth", "B Hospital has another date of birth"}, []string{"Zoe Zander", "1958-01-02", "2 January 1958"}},
		"another date everywhere": {[]collect.Part{known("Zoe Zander", "1958-01-02")}, 422, []string{"We found no patient"}, []string{"Zoe", "1958-01-02"}},
		"another date, and others may not tell": {[]collect.Part{known("Zoe Zander", "1958-01-02"), refused("permission-needed", "Ask.")}, 422,
			[]string{"We found no patient"}, []string{"Zoe"}},
		"no record anywhere":          {[]collect.Part{of("a", "A", bare(collect.NoRecord)), of("b", "B", bare(collect.NoRecord))}, 422, []string{"We found no patient"}, nil},
		"no record where it answered": {[]collect.Part{of("a", "A", bare(collect.NoRecord)), of("b", "B", bare(collect.TimedOut))}, 503, []string{"We could not look everywhere", "B, telephone"}, nil},
		"nobody may tell":             {[]collect.Part{refused("permission-needed", "Ask the patient.")}, 200, []string{"No organisation may tell you who this is yet", "The patient told me"}, nil},
		"no date of birth":            {[]collect.Part{known("Ann Alder", "")}, 200, []string{"No organisation may tell you who this is yet"}, []string{"Ann Alder"}},
		"has died":                    {[]collect.Part{dead}, 200, []string{"Died on 6 July 2026"}, nil},
		"a hostile name":              {[]collect.Part{known(`<img src=x onerror=alert(1)>`, "1958-02-01")}, 200, []string{"<img src=x onerror=alert(1)>"}, []string{"<img"}},
		"a hostile reason":            {[]collect.Part{refused(`x"><script>`, `<script>alert(1)</script>`)}, 200, []string{"<script>alert(1)</script>"}, []string{"<script>alert"}},
		"not a resource": {[]collect.Part{{Source: source("a", "A", "RZ9"), Status: collect.Complete,
			Entries: []collect.Entry{{Type: "Patient", Resource: []byte(`[1]`)}, {Type: "Observation", Resource: []byte(`{"birthDate":"1958-02-01"}`)}}}}, 503, []string{"We could not look this patient up"}, []string{"We found no patient"}},
		"nobody was asked": {nil, 503, []string{"We could not look this patient up", "Try again in a minute"}, []string{"We found no patient", "telephone"}},
		"nobody answered": {[]collect.Part{of("a", "A", bare(collect.Failed)), of("b", "B", bare(collect.TimedOut))}, 503,
			[]string{"We could not look this patient up", "we do not know whether there is a record", "A, telephone", "B, telephone"}, []string{"We found no patient", "organisations that answered"}},
		"another date, and not everybody answered": {[]collect.Part{known("Zoe Zander", "1958-01-02"), of("b", "B", bare(collect.Failed))}, 503,
			[]string{"We could not look everywhere", "there may be a record", "B, telephone"}, []string{"Zoe", "1958-01-02"}},
		"a very long name": {[]collect.Part{known(strings.Repeat("é", 5000), "1958-02-01")}, 200, nil, []string{strings.Repeat("é", 201)}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, nil)
			k.looked(c.parts...).Shows(c.status, c.says...).Hides(c.hides...)
		})
	}
}

// consents is a broker that takes Consents as a test says.
func consents(t *testing.T, answer func(w http.ResponseWriter, body string)) (*httptest.Server, *[]string) {
	got := &[]string{}
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = append(*got, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		answer(w, string(body))
	}))
	t.Cleanup(b.Close)
	return b, got
}

func taken(w http.ResponseWriter, _ string) {
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"resourceType":"Consent","id":"p-1"}`)
}

func TestAPermissionThatShowsSomebodyElseShowsNothing(t *testing.T) {
	k := newKit(t, nil)
	broker, got := consents(t, taken)
	part := refused("permission-needed", "Ask the patient.")
	part.Source.Broker = broker.URL + "/gp/fhir"
	s := k.looked(part)
	at := here(s)
	s.Submit(at, right).Shows(200, "Ask the patient")
	k.sources.parts = func(collect.Question) []collect.Part { return []collect.Part{known("Zoe Zander", "1970-01-01")} }
	s.Submit(at+"/ask", yes("sensitive", "yes", "how-long", "view")).Shows(409, "Stop: this may be another patient").Hides("Zoe", "1970")
	if len(*got) != 1 || !strings.HasPrefix((*got)[0], "POST /gp/fhir/Consent ") || !strings.Contains((*got)[0], `"includes-sensitive","valueBoolean":true`) &&
		!strings.Contains((*got)[0], `"valueBoolean":true`) || !strings.Contains((*got)[0], `"end":"2026-11-23T10:00:00Z"`) {
		t.Errorf("the broker got %v", *got)
	}
	// And the record stays closed until somebody says again who this is.
	s.Open(k.address+at+"/ask").Shows(200, "Is this the right patient?")
}

func TestWhatABrokerSaysOfAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, _ string)
		status int
		says   []string
	}{
		"a refusal": {func(w http.ResponseWriter, _ string) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"details":{"text":"Not <b>so</b>.","coding":[{"code":"x"}]},"diagnostics":"Do this. Record 019a-1."}]}`)
		}, 403, []string{"This was not recorded", "Not <b>so</b>.", "Do this.", "quote record 019a-1"}},
		"HTML": {func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, "<html>") }, 502, []string{"We do not know"}},
		"200 and a Consent": {func(w http.ResponseWriter, _ string) {
			_, _ = io.WriteString(w, `{"resourceType":"Consent","id":"p-1"}`)
		}, 502, []string{"We do not know"}},
		"created, no id": {func(w http.ResponseWriter, _ string) {
			w.WriteHeader(201)
			_, _ = io.WriteString(w, `{"resourceType":"Consent"}`)
		}, 502, []string{"We do not know"}},
		"elsewhere": {func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", "http://evil.example/")
			w.WriteHeader(307)
		}, 502, []string{"We do not know"}},
		"an endless answer": {func(w http.ResponseWriter, _ string) {
			for range 1 << 10 {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<10)); err != nil {
					return
				}
			}
		}, 502, []string{"We do not know"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, nil)
			broker, _ := consents(t, c.answer)
			part := refused("permission-needed", "Ask the patient.")
			part.Source.Broker = broker.URL
			s := k.looked(part)
			at := here(s)
			s.Submit(at, right).Submit(at+"/ask", yes()).Shows(c.status, c.says...)
		})
	}
}

// Without a registry the console can withdraw what this session recorded.
func TestWithdrawingWithoutARegistry(t *testing.T) {
	k := newKit(t, nil)
	broker, got := consents(t, taken)
	part := refused("permission-needed", "Ask the patient.")
	part.Source.Broker = broker.URL
	s := k.looked(part)
	at := here(s)
	s.Submit(at, right).Submit(at+"/ask", yes())
	s.Open(k.address+at+"/withdraw").Shows(200, "In person").Submit(at+"/withdraw", nil).Shows(200, "withdrawn", "You hold no permission")
	if last := (*got)[len(*got)-1]; !strings.Contains(last, `"inactive"`) || !strings.Contains(last, `"p-1"`) {
		t.Errorf("the broker got %s", last)
	}
}

func TestRoomsAreForThoseWhoMay(t *testing.T) {
	k := newKit(t, func(c *console.Config) {})
	s := k.signIn("privacy-officer")
	s.Shows(200, "The rules").Hides("/console/trail") // no trail was configured
	k.signIn("consultant").Hides("The rules")
}

// The environment's proxy is no way to a broker: it would see the professional's
// token and what the patient said.
func TestWhoeverIsNotSignedInSeesNoPatient(t *testing.T) {
	k := newKit(t, nil)
	for _, path := range []string{"/patients", "/patients/abc", "/patients/abc/ask", "/patients/abc/withdraw", "/patients/abc/emergency", "/patients/abc/record"} {
		surfer.New(t).Open(k.url(path)).Shows(403, "Sign in to go on")
	}
	surfer.New(t).Open(k.url("/patients")).Navigate("POST", "/console/patients", search(number, "1", "2", "1958")).Shows(403, "not recorded")
	if len(k.sources.asked) != 0 {
		t.Error("a source was asked")
	}
}

func TestBrokersAreAskedThroughNoProxy(t *testing.T) {
	k := newKit(t, nil)
	part := refused("permission-needed", "Ask the patient.")
	part.Source.Broker = "http://0.0.0.0:1/gp/fhir" // of no machine, so that a proxy is asked for; and nobody listens
	s := k.looked(part)
	at := here(s)
	s.Submit(at, right).Shows(200, "Ask the patient")
	before := proxied.Load()
	s.Submit(at+"/ask", yes()).Shows(502, "We do not know whether this was recorded")
	if proxied.Load() != before {
		t.Error("a patient's answer went through the proxy")
	}
}

// A field that is given twice says nothing: yes and no is no answer.
func TestAFieldThatIsGivenTwiceIsNone(t *testing.T) {
	k := newKit(t, nil)
	broker, got := consents(t, taken)
	part := refused("permission-needed", "Ask the patient.")
	part.Source.Broker = broker.URL + "/gp/fhir"
	s := k.looked(part)
	at := here(s)
	s.Submit(at, url.Values{"right": {"yes", ""}}).Shows(400, "This form could not be read")
	s.Open(k.address+at).Submit(at, right)
	both := yes()
	both["answer"] = []string{"yes", "no"}
	for name, form := range map[string]url.Values{"answer": both, "csrf": {"csrf": {"x", "y"}}} {
		s.Open(k.address+at+"/ask").Submit(at+"/ask", form).Shows(400, "This form could not be read", "Nothing was changed")
		if len(*got) != 0 {
			t.Errorf("%s: recorded as %v", name, *got)
		}
	}
	// Once in the address and once in the form are two as well.
	s.Open(k.address + at + "/ask")
	csrf := surfer.Hidden.FindStringSubmatch(s.Body)[2]
	one := yes("csrf", csrf)
	s.Navigate("POST", at+"/ask?answer=no", one).Shows(400)
	twice := search(number, "1", "2", "1958")
	twice["number"] = []string{number, "9990000026"}
	s.Open(k.url("/patients")).Submit("/console/patients", twice).Shows(400)
	for _, path := range []string{at + "/record?whole=&whole=1", at + "/record?category=medications&category=", "/console/sign-in?to=/console/trail&to=/console/rules",
		"/console/signed-out?why=idle&why=left", "/console/rules/cases?result=a&result=b", at + "/record?whole=1;category=x"} {
		s.Open(k.address+path).Shows(400, "This address cannot be used")
	}
	if len(k.sources.asked) != 1 || len(*got) != 0 {
		t.Errorf("asked %d times; recorded %v", len(k.sources.asked), *got)
	}
}
