package demo_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fastjson"

	"github.com/mycarerecord/mcr/internal/demo/hostile"
)

// suiteIsReadAlike asks for each text of JSONTestSuite in a resource of A's. What no
// parser may take is not released, and what is released is what another parser reads
// there: fastjson, which is lenient and builds a tree, where the broker's is strict and
// builds none.
func suiteIsReadAlike(t *testing.T, a asker) {
	t.Helper()
	shown := map[string]int{}
	for _, text := range hostile.Suite() {
		got := a.ask(t.Context(), a.hostile.FHIR+"/Observation/"+text.Behaviour)
		kind := text.Name[:1]
		if got.status != http.StatusOK {
			if text.Valid && got.status != http.StatusBadGateway && got.status != http.StatusNotFound {
				t.Errorf("%s: %d", text.Name, got.status)
			}
			continue
		}
		shown[kind]++
		if kind == "n" {
			t.Errorf("%s is released, and no parser may take it: %s", text.Name, got.body)
			continue
		}
		released, err := fastjson.ParseBytes(got.body)
		if err != nil {
			t.Errorf("%s: what is released is not read: %v: %s", text.Name, err, got.body)
			continue
		}
		there := released.Get("component")
		if there == nil {
			continue // cut out, and said to be in part: less is always right
		}
		said, err := fastjson.Parse(text.Body)
		if err != nil {
			t.Errorf("%s is released, and fastjson does not take it: %v", text.Name, err)
			continue
		}
		shown[kind+" whole"]++
		if diff := cmp.Diff(plainly(said), plainly(there)); diff != "" {
			t.Errorf("%s: the source said, and the broker released (-said +released):\n%s", text.Name, diff)
		}
	}
	t.Logf("of JSONTestSuite's texts are released: %v", shown)
	if shown["y whole"] < 40 {
		t.Errorf("of the 95 texts that every parser must take, %d are released whole", shown["y whole"])
	}
}

// pair is a member of an object; equal names stay apart.
type pair struct {
	Name  string
	Value any
}

// plainly writes fastjson's tree in Go's own values; numbers as they are written.
func plainly(v *fastjson.Value) any {
	switch v.Type() {
	case fastjson.TypeObject:
		all := []pair{}
		v.GetObject().Visit(func(name []byte, member *fastjson.Value) { all = append(all, pair{string(name), plainly(member)}) })
		return all
	case fastjson.TypeArray:
		all := []any{}
		for _, member := range v.GetArray() {
			all = append(all, plainly(member))
		}
		return all
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	}
	return v.String()
}
