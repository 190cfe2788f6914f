package people_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

func sources(t testing.TB) []upstreams.Source {
	t.Helper()
	s, err := upstreams.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// everything gives the resources of all sources, by source; or of some.
func everything(t testing.TB, p *people.Population, only ...string) map[string][][]byte {
	t.Helper()
	all := map[string][][]byte{}
	for _, s := range sources(t) {
		if only != nil && !slices.Contains(only, s.ID) {
			continue
		}
		resources, err := p.Resources(s.ID)
		if err != nil {
			t.Fatal(err)
		}
		all[s.ID] = resources
	}
	return all
}

// few are small sources of different kinds, where one is as good as all.
var few = []string{"acute-northmoor", "mental-health-eastmere", "out-of-hours-wend", "council-marlshire"}

// region is the population of the demo and its records, made once.
var region = sync.OnceValue(func() map[string][][]byte {
	var t testing.T // only fails when the sources of this repository cannot be read
	return everything(&t, population(&t, 1))
})

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	one, other, third := population(t, 1), population(t, 1), population(t, 8)
	a, b, c := region(), everything(t, other, few...), everything(t, third, few...)
	for source := range b {
		if !slices.EqualFunc(a[source], b[source], bytes.Equal) {
			t.Errorf("%s: two populations of one seed differ", source)
		}
		if slices.EqualFunc(a[source], c[source], bytes.Equal) {
			t.Errorf("%s: populations of two seeds are the same", source)
		}
	}
	if !bytes.Equal(one.Registry(), other.Registry()) {
		t.Error("what the registry is told differs")
	}
}

func TestOnlyAppointmentsToComeHangOnTheDay(t *testing.T) {
	later, err := people.New(people.Options{Seed: 1, Today: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), From: sources(t)})
	if err != nil {
		t.Fatal(err)
	}
	a, b := region(), everything(t, later, few...)
	changed := 0
	for source := range b {
		for i := range a[source] {
			if bytes.Equal(a[source][i], b[source][i]) {
				continue
			}
			changed++
			if !bytes.Contains(a[source][i], []byte(`"status":"booked"`)) {
				t.Fatalf("%s: %s changed with the day", source, a[source][i])
			}
		}
	}
	if changed == 0 {
		t.Error("there are no appointments to come")
	}
}

func TestNumbersAreValidAndOfTheTestRange(t *testing.T) {
	p := population(t, 1)
	if len(p.People) != people.Size {
		t.Fatalf("%d people, want %d", len(p.People), people.Size)
	}
	seen := map[string]bool{}
	for _, person := range p.People {
		numbers := []nhs.Number{person.Number}
		if !person.Superseded.IsZero() {
			numbers = append(numbers, person.Superseded)
		}
		for _, n := range numbers {
			if _, err := nhs.ParseNumber(n.Digits()); err != nil || !strings.HasPrefix(n.Digits(), "999") || seen[n.Digits()] {
				t.Errorf("%s is not valid, not of the test range, or given twice", n.Digits())
			}
			seen[n.Digits()] = true
		}
	}
}

func TestFlags(t *testing.T) {
	p := population(t, 1)
	count := map[string]int{}
	for i, person := range p.People {
		for _, f := range person.Flags {
			count[f]++
		}
		if person.GP != "gp-riverside" && person.GP != "gp-hillview" {
			t.Errorf("person %d is registered with %q", i, person.GP)
		}
		if person.Ties[0].Source != person.GP {
			t.Errorf("person %d: the registered practice is not the first tie", i)
		}
		if person.Has(people.SupersededNumber) == person.Superseded.IsZero() || person.Has(people.Deceased) == (person.Died == "") {
			t.Errorf("person %d: flags %v, superseded %v, died %q", i, person.Flags, person.Superseded, person.Died)
		}
	}
	for flag, want := range map[string]int{
		people.OwnRecord: 1, people.AsksPermission: 1, people.TestOrder: 1, people.OptedOut: 8, people.Restricted: 6,
		people.SupersededNumber: 5, people.Deceased: 1, people.NationalOptOut: 4, people.Professional: 1, people.Sensitive: 8,
		people.EpisodeEnded: 1, people.OrderClosed: 1, people.Everywhere: 1, people.Moved: 1,
	} {
		if count[flag] != want {
			t.Errorf("%d with the flag %s, want %d", count[flag], flag, want)
		}
	}
	if !p.People[0].Has(people.OwnRecord) || !p.People[1].Has(people.AsksPermission) {
		t.Error("the story does not come first")
	}
}

func TestFifteenTypesAndMoreSpreadOverTheSources(t *testing.T) {
	types, total := map[string]int{}, 0
	for source, resources := range region() {
		patients := 0
		for _, raw := range resources {
			kind, _ := identify(t, raw)
			types[kind]++
			total++
			if kind == "Patient" {
				patients++
			}
		}
		if patients < 10 {
			t.Errorf("%s has %d patients", source, patients)
		}
	}
	t.Logf("%d resources of %d types: %v", total, len(types), types)
	if len(types) < 15 {
		t.Errorf("%d types: %v", len(types), types)
	}
	for _, kind := range []string{
		"Communication", "Consent", "Device", "DeviceUseStatement", "FamilyMemberHistory", "Flag", "List", "QuestionnaireResponse", "Task",
	} {
		if types[kind] < 10 {
			t.Errorf("only %d of %s", types[kind], kind)
		}
	}
}

// What a pathology message holds: results that only their report tells to be such.
func TestSomeResultsHaveNoCategoryButTheirReports(t *testing.T) {
	bare := map[string]bool{}
	for _, raw := range region()["acute-st-aldhelm"] {
		if kind, id := identify(t, raw); kind == "Observation" && !bytes.Contains(raw, []byte(`"category"`)) {
			bare["Observation/"+id] = true
		}
	}
	found := len(bare)
	for _, raw := range region()["acute-st-aldhelm"] {
		if kind, _ := identify(t, raw); kind == "DiagnosticReport" {
			for _, m := range reference.FindAllSubmatch(raw, -1) {
				delete(bare, string(m[1]))
			}
		}
	}
	if found < 20 || len(bare) > 0 {
		t.Errorf("%d results without a category, %d of them in no report", found, len(bare))
	}
}

var front = regexp.MustCompile(`^\{"resourceType":"([A-Za-z]+)","id":"([A-Za-z0-9.-]{1,64})","meta":`)

// identify gives type and id, which stand in front.
func identify(t *testing.T, raw []byte) (kind, id string) {
	t.Helper()
	m := front.FindSubmatch(raw)
	if m == nil || !json.Valid(raw) {
		t.Fatalf("not a resource: %s", raw)
	}
	return string(m[1]), string(m[2])
}

var reference = regexp.MustCompile(`"reference":"([^"]+)"`)

func TestReferencesStayWithinTheSourceAndWithOnePatient(t *testing.T) {
	for source, resources := range region() {
		there := map[string]bool{}
		for _, raw := range resources {
			kind, id := identify(t, raw)
			if there[kind+"/"+id] {
				t.Errorf("%s: %s/%s is there twice", source, kind, id)
			}
			there[kind+"/"+id] = true
		}
		for _, raw := range resources {
			patients := map[string]bool{}
			for _, m := range reference.FindAllSubmatch(raw, -1) {
				to := string(m[1])
				if !there[to] {
					t.Fatalf("%s: reference to %s, which is not there", source, to)
				}
				if strings.HasPrefix(to, "Patient/") {
					patients[to] = true
				}
			}
			if len(patients) > 1 {
				t.Errorf("%s: %s is about %d patients", source, raw, len(patients))
			}
		}
	}
}

func TestEachSourceHasIdsOfItsOwn(t *testing.T) {
	p := population(t, 1)
	for _, person := range p.People {
		seen := map[string]bool{}
		for _, tie := range person.Ties {
			id := p.LocalID(tie.Source, person)
			if seen[id] || strings.Contains(id, person.Number.Digits()) {
				t.Errorf("local id %s at %s is not opaque, or used elsewhere", id, tie.Source)
			}
			seen[id] = true
		}
	}
}

var snomed = regexp.MustCompile(`"code":"(\d+)","display":"([^"]+)","system":"http://snomed.info/sct"`)

func TestSnomedCodesHaveTheirCheckDigit(t *testing.T) {
	codes := map[string]string{}
	for _, resources := range region() {
		for _, raw := range resources {
			for _, m := range snomed.FindAllSubmatch(raw, -1) {
				codes[string(m[1])] = string(m[2])
			}
		}
	}
	if len(codes) < 50 {
		t.Fatalf("found %d codes: has the form of a Coding changed?", len(codes))
	}
	for code, display := range codes {
		if !verhoeff(code) {
			t.Errorf("%s (%s) is no SNOMED CT code", code, display)
		}
	}
}

// verhoeff checks a SNOMED CT identifier's check digit: the dihedral group D5.
func verhoeff(code string) bool {
	times := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return 5 + (a+b)%5
		case b < 5:
			return 5 + (a-b+5)%5
		}
		return (a - b + 5) % 5
	}
	permute := []int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	sum := 0
	for i := range len(code) {
		digit := int(code[len(code)-1-i] - '0')
		for range i % 8 {
			digit = permute[digit]
		}
		sum = times(sum, digit)
	}
	return sum == 0
}

func TestSomeItemsAreLabelledAndSomeOnlyTheCodeTells(t *testing.T) {
	labelled, codeOnly := 0, 0
	for _, resources := range region() {
		for _, raw := range resources {
			sensitive := bytes.Contains(raw, []byte(`"86406008"`)) || bytes.Contains(raw, []byte(`"76272004"`)) || bytes.Contains(raw, []byte(`"57797005"`))
			switch {
			case bytes.Contains(raw, []byte(`"security"`)):
				labelled++
			case sensitive:
				codeOnly++
			}
		}
	}
	if labelled < 20 || codeOnly < 3 {
		t.Errorf("%d labelled, %d with a sensitive code and no label", labelled, codeOnly)
	}
}

func TestAnOldNumberIsStillInUseSomewhere(t *testing.T) {
	p := population(t, 1)
	all := region()
	for _, person := range p.People {
		for _, tie := range person.Ties {
			old := person.Superseded.Digits()
			if tie.OldNumber && !slices.ContainsFunc(all[tie.Source], func(raw []byte) bool { return bytes.Contains(raw, []byte(old)) }) {
				t.Errorf("%s does not know a person by the number that was replaced", tie.Source)
			}
		}
	}
}

func TestNewNeedsTheWholeRegion(t *testing.T) {
	if _, err := people.New(people.Options{Seed: 1, From: sources(t)[1:]}); err == nil {
		t.Error("a region without one of its sources: no error")
	}
}
