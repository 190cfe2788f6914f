package twins_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// Attack 305, over the filter alone: the searchset with what is withheld, and the one
// without it, are cut to the same bytes, the note aside; and nothing that is withheld is
// counted among what is released.
func TestAttack305TheFilterLeavesTheSameOfTwins(t *testing.T) {
	number, err := nhs.ParseNumber("9990000018")
	if err != nil {
		t.Fatal(err)
	}
	owner := fhir.Owner{Numbers: []nhs.Number{number}, LocalIDs: []string{"p1"}}
	links := fhir.Links{Base: "https://broker.example/fhir", Source: sourceBase, Document: func(a fhir.Attachment) string { return "https://broker.example/d" }}
	p, noted := plan(t), 0
	for seed := range uint64(4000) {
		m := &making{Rand: rand.New(rand.NewPCG(seed, 6))}
		var shown, all []string
		for range 1 + m.IntN(6) {
			text := entryOf(m.item(""))
			shown, all = append(shown, text), append(all, text)
		}
		for range 1 + m.IntN(5) {
			all = slices.Insert(all, m.IntN(len(all)+1), entryOf(m.item(m.pick(ways...))))
		}
		req := fhir.Request{Interaction: fhir.Search, Type: m.pick("Observation", "Condition", "DocumentReference", "DiagnosticReport")}
		switch seed % 4 {
		case 1:
			req.Params = []fhir.Param{{Name: "code", Value: "718-7"}}
		case 2:
			req.Params, req.Shape.Within = []fhir.Param{{Name: "_sort", Value: "-date"}}, []string{"code"}
		case 3:
			p.Masks = []string{"*.performer", "Reference.display"}
		}
		with, err := fhir.Filter(searchset(all), req, owner, p, links)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		without, err := fhir.Filter(searchset(shown), req, owner, p, links)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		bare, there := seen{body: string(with.Body)}.withoutNote()
		if there {
			noted++
		}
		if bare.body != string(without.Body) || !slices.Equal(with.Released, without.Released) {
			t.Fatalf("seed %d, %+v\nwith    %s\nwithout %s", seed, req, with.Body, without.Body)
		}
		if p.Masks = nil; seed%4 == 1 && there {
			t.Errorf("seed %d: a narrow search is told that something is withheld: %s", seed, with.Body)
		}
	}
	if noted < 1000 {
		t.Errorf("%d of 4000 answers had the note", noted)
	}
}

// entryOf is an entry of a searchset with an item as it is now.
func entryOf(one item) string {
	return `{"fullUrl":"` + sourceBase + "/" + one.kind + "/" + one.id + `","resource":` + one.versions[len(one.versions)-1] + `}`
}

func searchset(entries []string) []byte {
	return []byte(`{"resourceType":"Bundle","type":"searchset","total":9,"entry":[` + strings.Join(entries, ",") + `]}`)
}
