package broker_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/fhir"
)

// counted gives a metric's value, or how many it observed, for labels in the order of their names.
func counted(t *testing.T, name string, labels ...string) (n float64) {
	t.Helper()
	registry := prometheus.NewRegistry()
	for _, c := range broker.Collectors() {
		registry.MustRegister(c)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && has(m, labels) {
				n += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return n
}

func has(m *dto.Metric, labels []string) bool {
	for i, l := range m.GetLabel() {
		if i < len(labels) && l.GetValue() != labels[i] {
			return false
		}
	}
	return true
}

// linked is a page of a source's with links as they stand.
func linked(bundle, links string) string {
	return strings.Replace(bundle, `"entry"`, `"link":[`+links+`],"entry"`, 1)
}

func nextTo(address string) string { return `{"relation":"next","url":"` + address + `"}` }

// Attack 146: the source has a second page, and its link to it cannot be followed. Either
// it is followed safely, asked of the source's own base and of nobody else, or the answer,
// the record and a metric say that a page is missing.
func TestAttack146APageThatIsMissingIsNeverSilent(t *testing.T) {
	second := strings.ReplaceAll(result, `"o1"`, `"o2"`)
	const ok = "" // it is followed
	for name, c := range map[string]struct{ links, why string }{
		"below the base":             {nextTo("http://source.example/fhir?page=2"), ok},
		"relative":                   {nextTo("?page=2"), ok},
		"without a scheme":           {nextTo("//source.example/fhir?page=2"), ok},
		"the same twice":             {nextTo("?page=2") + "," + nextTo("?page=2"), ok},
		"in capitals":                {`{"relation":"Next","url":"?page=2"}`, ok},
		"an internal name":           {nextTo("http://internal-name.hospital.local:8080/fhir?page=2"), "link"},
		"another scheme":             {nextTo("https://source.example/fhir?page=2"), "link"},
		"another machine, no scheme": {nextTo("//internal-name.hospital.local/fhir?page=2"), "link"},
		"a matrix parameter":         {nextTo("http://source.example/fhir?page=2;x"), "link"},
		"another patient's address":  {nextTo("http://source.example/fhir/Patient/B?page=2"), "link"},
		"upwards":                    {nextTo("http://source.example/fhir/../admin?page=2"), "link"},
		"somebody's name and secret": {nextTo("http://u:p@source.example/fhir?page=2"), "link"},
		"a fragment":                 {nextTo("http://source.example/fhir?page=2#x"), "link"},
		"no address at all":          {nextTo("http://["), "link"},
		"an empty one":               {nextTo(""), "link"},
		"of another kind":            {nextTo("javascript:alert(1)"), "link"},
		"two of them":                {nextTo("?page=2") + "," + nextTo("?page=3"), "link"},
		"no text":                    {`{"relation":"next","url":2}`, "link"},
		"none":                       {`{"relation":"next"}`, "link"},
		"a relation that is no text": {`{"relation":["next"],"url":"?page=2"}`, "link"},
		"a link that is none":        {`"next"`, "link"},
		"to itself":                  {nextTo("Observation?_count=50&patient=p1"), "circle"},
		"and from there back":        {nextTo("?page=back"), "circle"},
		"to nothing":                 {nextTo("?page=gone"), "source"},
		"to a source that is away":   {nextTo("?page=away"), "source"},
		"to HTML":                    {nextTo("?page=html"), "source"},
		"to no searchset":            {nextTo("?page=patient"), "source"},
		"to a page cut off":          {nextTo("?page=cut"), "source"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			answers := atBase(sourceOf(map[string]string{
				"Patient/p1": patient, searchTarget: linked(result, c.links), "?page=2": second,
				"?page=back": linked(second, nextTo("Observation?patient=p1&_count=50")),
				"?page=html": "<html></html>", "?page=patient": patient, "?page=cut": second[:len(second)-9],
			}))
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Host != "source.example" || r.Host != "source.example" || r.URL.User != nil {
					t.Errorf("asked of %s", r.URL.Host)
				}
				if r.URL.RawQuery == "page=away" {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				answers.ServeHTTP(w, r)
			})
			before := counted(t, "mcr_pages_missing_total", "acute")
			why := counted(t, "mcr_pages_missing_total", "acute", c.why)
			w := k.get(search)
			text, rec := w.Body.String(), k.only()
			if w.Code != http.StatusOK || !strings.Contains(text, "/Observation/o1") || strings.Contains(text, `"next"`) || rec.Outcome != audit.Released {
				t.Fatalf("%d %s %s", w.Code, rec.Outcome, text)
			}
			if whole := strings.Contains(text, "/Observation/o2"); whole != (c.why == ok || c.links == nextTo("?page=back")) {
				t.Errorf("the second page is shown: %v", whole)
			}
			if told := strings.Contains(text, `"code":"some-pages-missing"`); told != (c.why != ok) {
				t.Errorf("told: %v: %s", told, text)
			}
			if told := rec.Reasons[0] == "some-pages-missing"; told != (c.why != ok) || told != (rec.Causes["some-pages-missing "+c.why] == 1) {
				t.Errorf("recorded %v %v", rec.Reasons, rec.Causes)
			}
			more := counted(t, "mcr_pages_missing_total", "acute") - before
			if c.why == ok && more != 0 || c.why != ok && (more != 1 || counted(t, "mcr_pages_missing_total", "acute", c.why)-why != 1) {
				t.Errorf("the metric rose by %v", more)
			}
		})
	}
}

// A link base says how the source writes its own addresses. What stands behind it is asked
// of the source's own base, and nothing is ever asked of the link base.
func TestAttack146ALinkBaseLeadsNoRequestAnywhere(t *testing.T) {
	k := newKit(t)
	k.configure = func(c *broker.Config) {
		c.Source.LinkBases = []string{"http://internal-name.hospital.local:8080/hapi/fhir"}
	}
	second := strings.ReplaceAll(result, `"o1"`, `"o2"`)
	answers := atBase(sourceOf(map[string]string{
		"Patient/p1":           patient,
		searchTarget:           linked(result, nextTo("http://internal-name.hospital.local:8080/hapi/fhir?_getpages=1")),
		"?_getpages=1":         linked(second, nextTo("http://internal-name.hospital.local:8080/hapi/fhir/Observation?page=3")),
		"Observation?page=3":   linked(strings.ReplaceAll(result, `"o1"`, `"o3"`), nextTo("http://internal-name.hospital.local:8080/other/fhir?_getpages=3")),
		"other/fhir?_getpages": result,
	}))
	var asked []string
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Scheme+"://"+r.URL.Host+r.URL.RequestURI())
		answers.ServeHTTP(w, r)
	})
	text := k.get(search).Body.String()
	for _, id := range []string{"o1", "o2", "o3"} {
		if !strings.Contains(text, "/Observation/"+id+`"`) {
			t.Errorf("%s is not shown", id)
		}
	}
	if !strings.Contains(text, "some-pages-missing") {
		t.Error("the last link leads to another place, and nothing says so")
	}
	for _, address := range asked {
		if !strings.HasPrefix(address, "http://source.example/fhir") {
			t.Errorf("asked %s", address)
		}
	}
}

// The same of a history, which says so beside its versions.
func TestAttack146AHistoryThatIsNotWholeSaysSo(t *testing.T) {
	k := newKit(t)
	first := strings.Replace(ofVersions(withVersion(observation, "2", "")), `"entry"`, `"link":[`+nextTo("http://internal/fhir?p=2")+`],"entry"`, 1)
	k.source = sourceOf(map[string]string{
		"Patient/p1": patient, "Observation/o1": withVersion(observation, "2", ""), "Observation/o1/_history?_count=50": first,
	})
	text := k.get("/fhir/Observation/o1/_history").Body.String()
	if !strings.Contains(text, `"versionId":"2"`) || !strings.Contains(text, `{"request":{"method":"GET","url":"Observation/o1/_history"},"response":{"status":"200","outcome":{"resourceType":"OperationOutcome"`) ||
		!strings.Contains(text, "some-pages-missing") || k.only().Reasons[0] != "some-pages-missing" {
		t.Error(text)
	}
}

// And of what stands for searches.
func TestAttack146EverythingAndABatchSayThatAPageIsMissing(t *testing.T) {
	for name, ask := range map[string]func(*kit) string{
		"everything": func(k *kit) string { return k.get(everything).Body.String() },
		"a batch":    func(k *kit) string { return k.batch("Observation?patient=p1").Body.String() },
	} {
		k := newKit(t)
		source := everythingSource()
		source[searchTarget] = linked(result, nextTo("http://internal/fhir?page=2"))
		k.source = sourceOf(source)
		if text := ask(k); !strings.Contains(text, "some-pages-missing") || !strings.Contains(text, canary) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// A question of the broker's own, on which a decision rests, takes no part for the whole:
// the second patient with one NHS number may be on the second page (attack 117).
func TestAttack146WhoAPatientIsIsNotTakenFromAPart(t *testing.T) {
	const number = "9990000018"
	ask := "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + number
	other := strings.Replace(patient, `"p1"`, `"p2"`, 1)
	byNumber := "/fhir/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number|" + number
	for name, c := range map[string]struct {
		link   string
		status int
		code   string
	}{
		"a second patient": {"?page=2", http.StatusConflict, "patient-ambiguous-at-source"},
		"the same again":   {"?page=same", http.StatusOK, canary},
		"nobody knows":     {"http://internal/fhir?page=2", http.StatusBadGateway, "source-answer-not-understood"},
		"in a circle":      {ask, http.StatusBadGateway, "source-answer-not-understood"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{
				searchTarget: result, "?page=2": bundle(entry(other)), "?page=same": bundle(entry(patient)),
				ask: linked(bundle(entry(patient)), nextTo(c.link)),
				strings.Replace(ask, "?", "?_count=50&", 1): linked(bundle(entry(patient)), nextTo(c.link)),
			}
			k := newKit(t)
			k.source = atBase(sourceOf(answers))
			if w := k.get(byNumber); w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// A report on a page that is missing may say what a result is: that is no reason to show
// it, nor to say that there is none.
func TestAttack146AReportOnAMissingPageIsNoAnswer(t *testing.T) {
	for link, want := range map[string]int{"?page=2": http.StatusOK, "http://internal/fhir?page=2": http.StatusBadGateway} {
		k := newKit(t)
		k.decision = reporting(t)
		none := strings.Replace(naming, "Observation/na", "Observation/another", 1)
		k.source = atBase(sourceOf(map[string]string{
			"Observation/na": unplaced, "Patient/p1": patient, asked: linked(none, nextTo(link)), "?page=2": naming,
		}))
		if w := k.get("/fhir/Observation/na"); w.Code != want || strings.Contains(w.Body.String(), canary) != (want == http.StatusOK) {
			t.Errorf("%s: %d %s", link, w.Code, w.Body)
		}
	}
}

// A source whose pages never end costs so many, and it is said.
func TestAttack146PagesWithoutEndAreBounded(t *testing.T) {
	k := newKit(t)
	others := strings.Replace(result, "Patient/p1", "Patient/p2", 1)
	asked := 0
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json(w)
		if strings.HasPrefix(r.URL.Path, "/fhir/Patient") {
			_, _ = w.Write([]byte(patient))
			return
		}
		asked++
		_, _ = w.Write([]byte(linked(others, nextTo("http://source.example/fhir?page="+strings.Repeat("x", asked)))))
	})
	text := k.get(search).Body.String()
	if asked != 40 || !strings.Contains(text, "some-pages-missing") || strings.Contains(text, `"next"`) || k.only().Causes["some-pages-missing bound"] != 1 {
		t.Errorf("%d pages: %s", asked, text)
	}
	if code := fhir.IssueType("some-pages-missing"); code != "incomplete" {
		t.Errorf("issue type %s", code)
	}
}
