package fhir_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

func TestFilterMayBeUsedByManyAtOnce(t *testing.T) {
	plan, links := permissionPlan(), fhir.Links{Base: brokerBase}
	bodies := make([][]byte, 4)
	want := make([][]byte, len(bodies))
	for i := range bodies {
		bodies[i] = searchset(5*i+1, i%2 == 0, func(n int) string { return fmt.Sprintf("p%d", n%(i+1)+1) })
		got, err := fhir.Filter(bodies[i], searchFor("Observation"), owner, plan, links)
		if err != nil {
			t.Fatal(err)
		}
		want[i] = got.Body
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 200 {
				k := (i + n) % len(bodies)
				got, err := fhir.FilterInto([]byte("kept "), bodies[k], searchFor("Observation"), owner, plan, links)
				if err != nil || !bytes.Equal(got.Body[len("kept "):], want[k]) || string(got.Body[:5]) != "kept " {
					t.Errorf("answer %d differs: %v", k, err)
					return
				}
			}
		})
	}
	all.Wait()
}
