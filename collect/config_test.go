package collect_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/nhs"
)

func TestFaultsOfAConfigurationAreToldAtOnce(t *testing.T) {
	ods, _ := nhs.ParseODSCode("Z91001")
	source := func(id, broker string) collect.Source {
		return collect.Source{ID: id, Name: "X", Organisation: ods, Broker: broker}
	}
	tests := map[string]struct {
		cfg  collect.Config
		want []string
	}{
		"nothing": {collect.Config{}, []string{"sources: name at least one", "verifier: missing", "recorder and protector: missing", "reasons: missing"}},
		"records without a protector": {collect.Config{Sources: []collect.Source{source("a", "https://a/fhir")}, Verifier: &desk{}, Recorder: &desk{}},
			[]string{"recorder and protector: missing"}},
		"nobody is verified": {collect.Config{Sources: []collect.Source{source("a", "https://a/fhir")}, Recorder: &desk{}, Protector: &desk{}},
			[]string{"verifier: missing"}},
		"in clear": {at(&desk{}, collect.Config{Sources: []collect.Source{
			source("a", "http://broker.riverside.example/fhir"), source("b", "http://10.0.0.7:8080/fhir"), source("c", "http://localhost.example/fhir"),
			source("d", "http://127.0.0.1.example/fhir"), source("e", "http://0.0.0.0/fhir"), source("f", "http://[fe80::1]/fhir"), source("g", "http://2130706433/fhir"),
		}}), []string{
			"source a: broker: http would send people's access tokens in clear to another machine: write https://, or ask a broker on this machine at 127.0.0.1",
			"source b: broker: http", "source c: broker: http", "source d: broker: http", "source e: broker: http", "source f: broker: http", "source g: broker: http",
		}},
		"sources": {collect.Config{Sources: []collect.Source{
			{}, source("a", "https://a/fhir"), source("a", "https://b/fhir"), source("c", "https://a/fhir"), source("d", "ftp://a/fhir"),
			source("e", "https://user:secret@e/fhir"), source("f", "https://f/fhir?x=y"), source("g", "https://g/fhir/"), source("h", "/fhir"),
		}}, []string{
			"source 1: id is missing", "source : name is missing", "source : organisation is missing", "source : broker: is missing", "source a: named twice",
			"source c: broker: is another source's too", "source d: broker: begin with", "source e: broker: give scheme", "source f: broker: give scheme",
			"source g: broker: end without a slash", "source h: broker: begin with",
		}},
		"bounds": {collect.Config{Sources: []collect.Source{source("a", "https://a/fhir")}, Path: "fhir/", Within: -time.Second, InAll: -1,
			MaxBytes: -1, MaxHeld: -1, Pages: -1, AtOnce: -1, Collections: -1, EachPerson: -1, Apart: []string{"everything"}},
			[]string{"path:", "within:", "in_all:", "max_bytes:", "max_held:", "pages:", "at_once:", "collections:", "each_person:", `apart: "everything" is no category`}},
		"public": {collect.Config{Sources: []collect.Source{{ID: "a", Name: "A", Organisation: ods, Broker: "https://a/fhir", Public: "a"}}},
			[]string{"source a: public: begin with"}},
	}
	for name, test := range tests {
		_, err := collect.New(test.cfg)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not told in:\n%v", name, want, err)
			}
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: tells a password: %v", name, err)
		}
	}
}

// On this machine, http will do: nobody is in between.
func TestABrokerOnThisMachineMayBeAskedInClear(t *testing.T) {
	ods, _ := nhs.ParseODSCode("Z91001")
	for _, broker := range []string{"https://broker.example/fhir", "http://127.0.0.1:8080/a/fhir", "http://127.1.2.3/fhir", "http://[::1]:8080/fhir", "http://localhost/fhir", "http://LOCALHOST:8080/fhir"} {
		cfg := collect.Config{Sources: []collect.Source{{ID: "a", Name: "A", Organisation: ods, Broker: broker, Public: "http://a.internal/fhir"}}}
		if _, err := collect.New(at(&desk{}, cfg)); err != nil {
			t.Errorf("%s: %v", broker, err)
		}
	}
}

// A broker may be asked at an inner address and write its public one.
func TestABrokerMayHaveAPublicAddress(t *testing.T) {
	b := &broker{id: "a", records: append(record[:1:1], resource("Goal", "g1", "p1"), resource("Goal", "g2", "p1")), pageSize: 1}
	inner := newRegion(t, collect.Config{}, b).Sources()[0]
	inner.Public = "https://region.example/a/fhir"
	b.base = inner.Public
	c, err := collect.New(at(&desk{}, collect.Config{Sources: []collect.Source{inner}}))
	if err != nil {
		t.Fatal(err)
	}
	part := (&region{Collector: c}).whole(t)["a"]
	if part.Status != collect.Complete || len(part.Entries) != 3 || part.Entries[1].FullURL != "https://region.example/a/fhir/Goal/g1" {
		t.Errorf("%s %+v", part.Status, part.Entries)
	}
}

// Whatever the given client does with redirects and cookies, the token follows
// neither.
func TestTheGivenClientFollowsNothing(t *testing.T) {
	given := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	other := &broker{id: "b", records: record}
	newRegion(t, collect.Config{}, other)
	b := &broker{id: "a", answer: func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, strings.Replace(other.base, "/b/", "/b/", 1)+"/Patient/_search", http.StatusPermanentRedirect)
		return true
	}}
	part := newRegion(t, collect.Config{Client: given}, b).whole(t)["a"]
	if part.Status != collect.Failed || len(other.asked()) > 0 {
		t.Errorf("%s; the other place was asked %d times", part.Status, len(other.asked()))
	}
}
