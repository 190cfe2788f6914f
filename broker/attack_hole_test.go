package broker_test

import (
	stdjson "encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// listed is a source that holds a list of Observations, in pages of a size of its own, with
// what they refer to beside them: one kind of source seals its pages, as HAPI does, the
// other writes them at the type.
type listed struct {
	items   []item
	most    int // entries a page, whatever is asked for
	sealed  bool
	fetches int

	restless  bool     // puts items of one date in another order each time it is asked anew
	snapshots [][]item // what it answered with, for its further pages
}

type item struct {
	id, date, code, status string
	performer, member      string
	withheld               string // how, "" for an item that is shown
}

func (i item) resource() string {
	patient, security, member := "p1", "", ""
	switch i.withheld {
	case "another's":
		patient = "p2"
	case "labelled":
		security = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},`
	case "not understood":
		security = `"status":{},`
	}
	if i.member != "" {
		member = `"hasMember":[{"reference":"Observation/` + i.member + `"}],`
	}
	return `{"resourceType":"Observation","id":"` + i.id + `",` + security + member + `"status":"` + i.status +
		`","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"` +
		i.code + `"}]},"subject":{"reference":"Patient/` + patient + `"},"performer":[{"reference":"Practitioner/` + i.performer + `"}],"effectiveDateTime":"` + i.date + `"}`
}

func (l *listed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	json(w)
	if r.URL.Path == "/fhir/Patient/p1" {
		_, _ = w.Write([]byte(patient))
		return
	}
	l.fetches++
	q := r.URL.Query()
	asked := q
	if state := q.Get("_getpages"); state != "" {
		asked, _ = url.ParseQuery(state)
	}
	offset, _ := strconv.Atoi(q.Get("_offset"))
	size, _ := strconv.Atoi(asked.Get("_count"))
	all := slices.Clone(l.items)
	if codes := asked.Get("code"); codes != "" {
		all = slices.DeleteFunc(all, func(i item) bool { return !strings.HasSuffix(codes, i.code) })
	}
	switch asked.Get("_sort") {
	case "date":
		slices.SortStableFunc(all, func(a, b item) int { return strings.Compare(a.date, b.date) })
	case "-date":
		slices.SortStableFunc(all, func(a, b item) int { return strings.Compare(b.date, a.date) })
	}
	if l.restless {
		if at, err := strconv.Atoi(q.Get("_snapshot")); err == nil {
			all = l.snapshots[at]
		} else {
			rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			slices.SortStableFunc(all, func(a, b item) int { return strings.Compare(b.date, a.date) })
			l.snapshots = append(l.snapshots, all)
			q.Set("_snapshot", strconv.Itoa(len(l.snapshots)-1))
		}
	}
	offset = min(offset, len(all))
	page := all[offset:min(offset+min(size, l.most), len(all))]
	var entries []string
	for _, i := range page {
		entries = append(entries, `{"resource":`+i.resource()+`,"search":{"mode":"match"}}`)
	}
	along := map[string]bool{}
	include := func(name, resource string) {
		if !along[name] {
			along[name] = true
			entries = append(entries, `{"resource":`+resource+`,"search":{"mode":"include"}}`)
		}
	}
	for _, i := range page {
		if slices.Contains(asked["_include"], "Observation:performer") {
			include(i.performer, `{"resourceType":"Practitioner","id":"`+i.performer+`"}`)
		}
		at := slices.IndexFunc(l.items, func(m item) bool { return m.id == i.member })
		if at >= 0 && slices.Contains(asked["_include"], "Observation:has-member") && !slices.ContainsFunc(page, func(m item) bool { return m.id == i.member }) {
			include(i.member, l.items[at].resource())
		}
	}
	var links string
	if end := offset + len(page); end < len(all) {
		if l.sealed {
			links = nextTo("http://source.example/fhir?_getpages=" + url.QueryEscape(asked.Encode()) + "&_snapshot=" + q.Get("_snapshot") + "&_offset=" + strconv.Itoa(end))
		} else {
			q.Set("_offset", strconv.Itoa(end))
			links = nextTo("http://source.example/fhir/Observation?" + q.Encode())
		}
	} else {
		links = `{"relation":"self","url":"x"}`
	}
	fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","total":%d,"link":[%s],"entry":[%s]}`, len(all), links, strings.Join(entries, ","))
}

// lists is a decision that shows results and who made them.
func lists(t *testing.T) access.Decision {
	d := permit(t)
	classes, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "Observation", Category: []fhir.Code{{System: "http://terminology.hl7.org/CodeSystem/observation-category", Code: "laboratory"}}, Class: "laboratory"},
		{Type: "Practitioner", Class: "administrative"}, {Type: "Patient", Class: "demographics"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Plan = fhir.Plan{Categories: []string{"demographics", "laboratory", "administrative"}, Classes: classes}
	return d
}

// walked are the pages of a search as they came, tokens left out but for their length.
type walked struct {
	pages   []string
	notes   []string // of the last one
	shown   []string // matches
	fetches int
}

var pageToken = regexp.MustCompile(`_page=([A-Za-z0-9_-]+)`)

// walk asks for all pages.
func walk(t *testing.T, source *listed, ask string) (all walked) {
	t.Helper()
	k := newKit(t)
	k.decision, k.source = lists(t), atBase(source)
	get := k.staying()
	next := ask
	for next != "" {
		if len(all.pages) > len(source.items)+2 {
			t.Fatalf("%s: pages without end", ask)
		}
		w := get(next)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", ask, w.Code, w.Body)
		}
		var set struct {
			Link  []struct{ Relation, URL string }
			Entry []struct {
				Resource struct {
					ID    string
					Issue []struct {
						Details struct{ Coding []struct{ Code string } }
					}
				}
				Search struct{ Mode string }
			}
		}
		if err := stdjson.Unmarshal(w.Body.Bytes(), &set); err != nil {
			t.Fatal(err)
		}
		text, before := w.Body.String(), len(all.shown)
		next, all.notes = "", nil
		for _, l := range set.Link {
			if l.Relation == "next" {
				next = strings.TrimPrefix(l.URL, "http://example.com")
			}
		}
		for _, e := range set.Entry {
			switch e.Search.Mode {
			case "outcome":
				all.notes = append(all.notes, e.Resource.Issue[0].Details.Coding[0].Code)
			case "match":
				all.shown = append(all.shown, e.Resource.ID)
			}
		}
		if next != "" && !slices.Equal(all.notes, []string{"some-information-may-be-withheld"}) {
			t.Fatalf("%s: a page that others follow says %v", ask, all.notes)
		}
		if len(all.pages) > 0 && len(all.shown) == before {
			t.Fatalf("%s: page %d shows nothing", ask, len(all.pages)+1)
		}
		if next == "" {
			text = withoutNotes(text)
		}
		all.pages = append(all.pages, pageToken.ReplaceAllStringFunc(text, func(s string) string { return fmt.Sprint("_page of ", len(s)) }))
	}
	all.fetches = source.fetches
	return all
}

// withoutNotes is a page without what the last one tells by design.
func withoutNotes(text string) string {
	if at := strings.Index(text, `{"resource":{"resourceType":"OperationOutcome"`); at >= 0 {
		return strings.TrimSuffix(strings.TrimSuffix(text[:at], ","), `,"entry":[`)
	}
	if text = strings.TrimSuffix(text, "}"); strings.Contains(text, `"entry":[`) {
		text = strings.TrimSuffix(text, "]")
	}
	return text
}

// Attack 147: page by page, of any size and in any order, what is withheld leaves no trace:
// each page is, byte for byte, that of a source which does not hold it, but for what the
// last page says once for the whole search.
func TestAttack147WhatIsWithheldLeavesNoHole(t *testing.T) {
	const seeds = 25
	asked := 0
	for seed := range uint64(seeds) {
		rnd := rand.New(rand.NewPCG(seed, 147))
		pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
		var items, shown []item
		for i := range rnd.IntN(14) {
			one := item{
				id: fmt.Sprintf("o%d", i), date: pick("2026-01-01", "2026-02-02", "2026-03-03"), code: pick("1-1", "2-2", "3-3"),
				status: pick("final", "amended"), performer: pick("g1", "g2", "g3"),
			}
			if i > 0 && rnd.IntN(3) == 0 {
				one.member = fmt.Sprintf("o%d", rnd.IntN(i+3))
			}
			if rnd.IntN(3) == 0 {
				one.withheld = pick("another's", "labelled", "not understood")
			}
			if items = append(items, one); one.withheld == "" {
				shown = append(shown, one)
			}
		}
		for _, how := range []string{
			"", "&_sort=date", "&_sort=-date", "&_sort=-date,code", "&_sort=date,-status,code", "&_include=Observation:performer",
			"&_include=Observation:performer&_include=Observation:has-member&_sort=date", "&_elements=code", "&_summary=true",
			"&code=http://loinc.org|2-2", "&code=http://loinc.org|2-2&_sort=-date,status", "&_lastUpdated=ge2026-01-01", "&category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
		} {
			for count := 1; count <= len(items)+1; count += 1 + rnd.IntN(2) {
				ask := fmt.Sprintf("/fhir/Observation?patient=p1&_count=%d%s", count, how)
				most, sealed := 1+rnd.IntN(8), rnd.IntN(2) == 0
				there := walk(t, &listed{items: items, most: most, sealed: sealed}, ask)
				absent := walk(t, &listed{items: shown, most: most, sealed: sealed}, ask)
				if asked++; !slices.Equal(there.pages, absent.pages) {
					for i := range there.pages {
						if i >= len(absent.pages) || there.pages[i] != absent.pages[i] {
							t.Fatalf("seed %d, %s, source pages of %d, page %d, with what is withheld, and without:\n%s\n\n%s", seed, ask, most, i,
								there.pages[i], strings.Join(absent.pages[min(i, len(absent.pages)-1):], "\n"))
						}
					}
					t.Fatalf("seed %d, %s, source pages of %d: %d pages with what is withheld, %d without", seed, ask, most, len(there.pages), len(absent.pages))
				}
				narrow := strings.Contains(how, "code=") || strings.Contains(how, "_lastUpdated")
				withheld := slices.ContainsFunc(items, func(i item) bool { return i.withheld != "" })
				if exact := slices.ContainsFunc(there.notes, func(n string) bool { return n != "some-information-may-be-withheld" }); exact != (withheld && !narrow) {
					t.Fatalf("seed %d, %s: the last page says %v", seed, ask, there.notes)
				}
				if !narrow && slices.Contains(there.notes, "some-information-may-be-withheld") || narrow && !slices.Equal(there.notes, absent.notes) {
					t.Fatalf("seed %d, %s: the last page says %v", seed, ask, there.notes)
				}
				for i, id := range there.shown {
					if slices.Contains(there.shown[:i], id) {
						t.Fatalf("seed %d, %s: %s is shown twice", seed, ask, id)
					}
				}
				if !narrow && len(there.shown) != len(shown) {
					t.Fatalf("seed %d, %s: %d of %d are shown", seed, ask, len(there.shown), len(shown))
				}
			}
		}
	}
	t.Logf("%d searches, each at two sources", asked)
}

// The same of the versions of one item: one that may not be shown, or was deleted, leaves
// no empty page, and no page more.
func TestAttack147AVersionThatIsNotShownLeavesNoHole(t *testing.T) {
	const deleted = `{"request":{"method":"DELETE","url":"Observation/o1"},"response":{"status":"204"}}`
	hidden := func(n string) string {
		return strings.Replace(withVersion(observation, n, ""), "Patient/p1", "Patient/p2", 1)
	}
	pagesOf := func(count int, versions []string) (pages []string) {
		k := newKit(t)
		k.source = atBase(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			json(w)
			switch r.URL.Path {
			case "/fhir/Patient/p1":
				_, _ = w.Write([]byte(patient))
			case "/fhir/Observation/o1":
				_, _ = w.Write([]byte(withVersion(observation, "9", "")))
			default:
				const most = 2 // versions a page
				at, _ := strconv.Atoi(r.URL.Query().Get("_offset"))
				var entries []string
				for _, v := range versions[at:min(at+most, len(versions))] {
					if v != deleted {
						v = `{"resource":` + v + `,"request":{"method":"PUT","url":"Observation/o1"},"response":{"status":"200"}}`
					}
					entries = append(entries, v)
				}
				link := ""
				if at+most < len(versions) {
					link = fmt.Sprintf(`"link":[{"relation":"next","url":"http://source.example/fhir/Observation/o1/_history?_count=50&_offset=%d"}],`, at+most)
				}
				fmt.Fprintf(w, `{"resourceType":"Bundle","type":"history",%s"entry":[%s]}`, link, strings.Join(entries, ","))
			}
		}))
		get := k.staying()
		for next := fmt.Sprintf("/fhir/Observation/o1/_history?_count=%d", count); next != ""; {
			text := get(next).Body.String()
			_, next, _ = strings.Cut(text, `"relation":"next","url":"http://example.com`)
			next, _, _ = strings.Cut(next, `"`)
			pages = append(pages, pageToken.ReplaceAllStringFunc(text, func(s string) string { return fmt.Sprint("_page of ", len(s)) }))
		}
		return pages
	}
	one := func(n string) string { return withVersion(observation, n, "") }
	for count := 1; count < 7; count++ {
		there := pagesOf(count, []string{hidden("9"), one("8"), deleted, hidden("6"), hidden("5"), one("4"), one("3"), hidden("2"), deleted})
		absent := pagesOf(count, []string{one("8"), one("4"), one("3")})
		if !slices.Equal(there, absent) {
			t.Errorf("pages of %d:\n%s\n\n%s", count, strings.Join(there, "\n"), strings.Join(absent, "\n"))
		}
		if pages := (3 + count - 1) / count; len(there) != pages {
			t.Errorf("%d pages of %d, not %d", len(there), count, pages)
		}
	}
}

// Small pages cost a source no more than large ones: it is asked for 50 entries at once.
// All that was fetched stands in the one record of the request.
func TestAttack147SmallPagesCostNoMoreFetches(t *testing.T) {
	source := &listed{most: 1000, sealed: true}
	for i := range 40 {
		source.items = append(source.items, item{id: fmt.Sprintf("o%d", i), date: "2026-01-01", code: "1-1", status: "final", performer: "g"})
	}
	if all := walk(t, source, "/fhir/Observation?patient=p1&_count=4"); len(all.pages) != 10 || source.fetches != 10 {
		t.Errorf("%d pages, %d fetches", len(all.pages), source.fetches)
	}
	source.most, source.fetches = 10, 0
	k := newKit(t)
	k.decision, k.source = lists(t), atBase(source)
	w := k.get("/fhir/Observation?patient=p1&_count=25")
	rec := k.only()
	if source.fetches != 3 || rec.Types["Observation"] != 25 || len(rec.Resources) != 25 || rec.BytesReceived < 30*300 || w.Code != http.StatusOK {
		t.Errorf("%d fetches, %d released, %d bytes", source.fetches, rec.Types["Observation"], rec.BytesReceived)
	}
}

// What came along with an item that is withheld would tell of it, and so does a page of
// an $everything tell no more than its last one.
func TestAttack147WhatCameAlongWithAWithheldItemDoesNotTell(t *testing.T) {
	items := []item{
		{id: "o1", date: "2026-01-01", code: "1-1", status: "final", performer: "g1"},
		{id: "o2", date: "2026-01-02", code: "1-1", status: "final", performer: "hidden", member: "o3", withheld: "labelled"},
	}
	source := &listed{items: append(items, item{id: "o3", date: "2026-01-03", code: "2-2", status: "final", performer: "g1"}), most: 50}
	ask := "/fhir/Observation?patient=p1&code=http://loinc.org|1-1&_include=Observation:performer&_include=Observation:has-member"
	if all := walk(t, source, ask); strings.Contains(all.pages[0], "hidden") || strings.Contains(all.pages[0], "o3") || !strings.Contains(all.pages[0], "Practitioner/g1") {
		t.Error(all.pages[0])
	}
	k := newKit(t)
	k.decision, k.source = lists(t), atBase(source)
	text := k.get("/fhir/Patient/p1/$everything?_type=Observation&_count=1").Body.String()
	if !strings.Contains(text, `"some-information-withheld"`) || strings.Contains(text, "may-be-withheld") {
		t.Error(text)
	}
}

// A source may put items of one date in another order each time that it is asked, as HAPI
// does: nothing is lost, or shown twice, because a page begins within one of the source's.
func TestAttack147NothingIsLostWhereASourceReordersWhatIsOfOneDate(t *testing.T) {
	for _, count := range []int{1, 3, 7, 10, 49, 60} {
		source := &listed{most: 1000, sealed: true, restless: true}
		for i := range 130 {
			one := item{id: fmt.Sprintf("o%d", i), date: fmt.Sprintf("2026-01-0%d", 1+i%2), code: "1-1", status: "final", performer: "g"}
			if i%5 == 0 {
				one.withheld = "labelled"
			}
			source.items = append(source.items, one)
		}
		all := walk(t, source, fmt.Sprintf("/fhir/Observation?patient=p1&_sort=-date&_count=%d", count))
		slices.Sort(all.shown)
		twice := len(all.shown)
		if got := len(slices.Compact(all.shown)); got != 104 || twice != got || len(all.pages) < 104/count || !slices.Equal(all.notes, []string{"some-information-withheld"}) {
			t.Errorf("by %d: %d of 104 are shown in %d pages, told %v", count, got, len(all.pages), all.notes)
		}
	}
}
