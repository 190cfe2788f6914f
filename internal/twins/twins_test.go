package twins_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var link = regexp.MustCompile(`Binary\?_link=[A-Za-z0-9_-]+`)
var nextLink = regexp.MustCompile(`"relation":"next","url":"https://broker\.example/fhir([^"]*)"`)

// Attack 305: two sources that differ only in what is withheld look the same.
func TestAttack305SourcesThatDifferInWhatIsWithheldLookTheSame(t *testing.T) {
	asked, noted, documents, faults := 0, 0, 0, map[string]int{}
	for seed := range uint64(40) {
		m := &making{Rand: rand.New(rand.NewPCG(seed, 5))}
		shown := patients()
		for range 4 + m.IntN(8) {
			shown = append(shown, m.item(""))
		}
		one, another := shown[:len(shown):len(shown)], shown[:len(shown):len(shown)]
		var hidden held
		for range 1 + m.IntN(6) {
			hidden = append(hidden, m.item(m.pick(ways...)))
		}
		for range 1 + m.IntN(9) {
			another = append(another, m.item(m.pick(ways...)))
		}
		one = append(one, hidden...)
		for range 3 {
			x, y := m.mixed()
			one, another, shown = append(one, x), append(another, x), append(shown, y)
		}
		m.Shuffle(len(one), func(i, j int) { one[i], one[j] = one[j], one[i] })
		p := plan(t)
		with, without, otherwise := front(t, one, p), front(t, shown, p), front(t, another, p)
		for _, q := range questions(append(shown, hidden...)) {
			a, b, c := with, without, otherwise
			for page := 0; page < 40; page++ {
				asked++
				x, y, z := ask(a, q.method, q.target, q.body), ask(b, q.method, q.target, q.body), ask(c, q.method, q.target, q.body)
				bare, there := x.withoutNote()
				if there {
					noted++
				}
				if _, told := y.withoutNote(); told && !q.narrow {
					t.Fatalf("%s: a source with nothing to withhold says that something is: %s", q, y.body)
				}
				if q.narrow && there {
					faults[q.kind+": a narrow question is told that something is withheld"]++
				}
				if from, to := link.FindString(x.raw), link.FindString(y.raw); from != "" && to != "" && q.one {
					d, e := ask(with, http.MethodGet, "/"+from, ""), ask(without, http.MethodGet, "/"+to, "")
					if documents++; d.status != http.StatusOK || d.body != e.body || d.header != e.header {
						t.Errorf("seed %d, %s: the document: %+v, and %+v", seed, q, d, e)
					}
				}
				if diff := cmp.Diff(y, bare, cmp.AllowUnexported(seen{}), cmp.FilterPath(isRaw, cmp.Ignore())); diff != "" {
					if faults[q.kind]++; faults[q.kind] == 1 {
						t.Errorf("seed %d, %s, page %d (-the source without them +the source with them):\n%s", seed, q, page+1, diff)
					}
					break
				}
				// Whatever and however much is withheld, the note is the same.
				if _, alike := z.withoutNote(); alike && there && q.method == http.MethodGet && z.body != x.body && !q.one {
					if faults[q.kind+" noted"]++; faults[q.kind+" noted"] == 1 {
						t.Errorf("seed %d, %s, page %d: other things are withheld (-one +another):\n%s", seed, q, page+1, cmp.Diff(x.body, z.body))
					}
				}
				if nextLink.FindStringSubmatch(x.raw) == nil {
					break
				}
				a, b, c = follow(x, with), follow(y, without), follow(z, otherwise) // each broker's link is its own
				q.target = ""
			}
		}
	}
	t.Logf("%d answers of each pair compared, %d with the note", asked, noted)
	if asked < 5000 || noted < 300 || documents < 20 {
		t.Errorf("%d answers compared, %d with the note, %d documents: too few to tell", asked, noted, documents)
	}
	for kind, n := range faults {
		t.Logf("%s: %d times", kind, n)
	}
}

// isRaw leaves out what was sealed, which is never the same.
func isRaw(p cmp.Path) bool { return p.Last().String() == ".raw" }

// follow gives a handler that asks for the next page of an answer.
func follow(s seen, h http.Handler) http.Handler {
	next := nextLink.FindStringSubmatch(s.raw)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if next == nil {
			w.WriteHeader(http.StatusTeapot) // the one has a further page, the other none
			return
		}
		again := r.Clone(r.Context())
		again.URL.Path, again.URL.RawQuery, _ = strings.Cut("/fhir"+next[1], "?")
		h.ServeHTTP(w, again)
	})
}

// question is something that a client can ask.
type question struct {
	kind, method, target, body string
	narrow                     bool // says nothing of what is withheld
	one                        bool // of one item
}

func (q question) String() string { return q.method + " " + q.target + " " + q.body }

// questions are what a client can ask of a source that holds these items, the withheld
// ones too.
func questions(all held) (asked []question) {
	add := func(kind, method, target, body string, narrow, one bool) {
		asked = append(asked, question{kind, method, target, body, narrow, one})
	}
	for _, one := range all[4:] {
		at := "/" + one.kind + "/" + one.id
		add("read", http.MethodGet, at, "", true, true)
		add("head", http.MethodHead, at, "", true, true)
		add("elements", http.MethodGet, at+"?_elements=status", "", true, true)
		add("history", http.MethodGet, at+"/_history", "", true, true)
		add("history-count", http.MethodGet, at+"/_history?_count=1", "", true, true)
		for v := range 3 {
			add("vread", http.MethodGet, fmt.Sprintf("%s/_history/%d", at, v+1), "", true, true)
		}
		add("id", http.MethodGet, "/"+one.kind+"?patient=p1&_id="+one.id, "", true, true)
		add("post", http.MethodGet, "/"+one.kind+"?patient=p1&_lastUpdated=ge2026-03-01", "", true, true)
	}
	for _, kind := range []string{"Observation", "Condition", "DocumentReference", "DiagnosticReport", "Flag", "CarePlan", "Encounter", "Patient"} {
		search := "/" + kind + "?patient=p1"
		if kind == "Patient" {
			search = "/Patient?_id=p1"
		}
		for name, more := range map[string]string{
			"search": "", "search-count": "&_count=1", "search-count-2": "&_count=2", "summary-count": "&_summary=count", "summary": "&_summary=true",
			"summary-text": "&_summary=text", "summary-data": "&_summary=data", "elements": "&_elements=status,code", "count-0": "&_count=0",
			"total": "&_total=none", "revinclude": "&_revinclude=Provenance:target",
		} {
			if kind == "Patient" && name != "search" {
				continue
			}
			add(name, http.MethodGet, search+more, "", false, false)
		}
		add("search-head", http.MethodHead, search, "", false, false)
		for name, sorts := range map[string][]string{"Observation": {"date", "-date", "_lastUpdated"}, "Condition": {"recorded-date", "-recorded-date"}, "DocumentReference": {"-date"}} {
			for _, sort := range sorts {
				if name == kind {
					add("sort", http.MethodGet, search+"&_sort="+sort, "", false, false)
					add("sort-count", http.MethodGet, search+"&_count=1&_sort="+sort, "", false, false)
					add("sort-count-narrow", http.MethodGet, search+"&_lastUpdated=ge2026-01-01&_count=1&_sort="+sort, "", true, false)
				}
			}
		}
	}
	for _, more := range []string{"&code=http://loinc.org%7C718-7", "&code=http://snomed.info/sct%7C86406008", "&code=86406008", "&date=ge2026-03-01", "&date=le2026-04-01&date=ge2026-02-01",
		"&status:not=final", "&encounter=e1", "&_lastUpdated=ge2026-02-01"} {
		add("narrow", http.MethodGet, "/Observation?patient=p1"+more, "", true, false)
		add("narrow-count", http.MethodGet, "/Observation?patient=p1&_count=1"+more, "", true, false)
	}
	for _, more := range []string{"&category=laboratory", "&category=social-care", "&status=final"} {
		add("category", http.MethodGet, "/Observation?patient=p1"+more, "", false, false)
		add("category-count", http.MethodGet, "/Observation?patient=p1&_count=1"+more, "", false, false)
	}
	add("include", http.MethodGet, "/Observation?patient=p1&_include=Observation:performer&_include=Observation:focus", "", false, false)
	add("include-result", http.MethodGet, "/DiagnosticReport?patient=p1&_include=DiagnosticReport:result", "", false, false)
	add("by-number", http.MethodGet, "/Observation?patient.identifier="+numberSystem+"%7C9990000018", "", false, false)
	add("compartment", http.MethodGet, "/Patient/p1/Observation", "", false, false)
	add("everything", http.MethodGet, "/Patient/p1/$everything", "", false, true)
	add("everything-type", http.MethodGet, "/Patient/p1/$everything?_type=Observation,Condition", "", false, true)
	var entries []string
	for _, target := range []string{"Observation?patient=p1", "Condition?patient=p1&_count=1", "Patient/p1", all[len(all)-1].kind + "/" + all[len(all)-1].id} {
		entries = append(entries, `{"request":{"method":"GET","url":"`+target+`"}}`)
	}
	add("batch", http.MethodPost, "", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`, false, true)
	return asked
}
