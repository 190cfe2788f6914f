package strictjson_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/strictjson"
)

const sample = ` { "\u0061" : [ 1.50 , { "b" : "x\"\u00e9\ud83d\ude00\\" } , [ ] ] , "c":"]}\\\"{[", "d" : null , "e":true,"f\/":{ } } `

func TestATextIsReadAllThreeWaysAlike(t *testing.T) {
	want := map[string]any{
		"a": []any{json.Number("1.50"), map[string]any{"b": "x\"é😀\\"}, []any{}}, "c": `]}\"{[`, "d": nil, "e": true, "f/": map[string]any{},
	}
	got, err := strictjson.Decode([]byte(sample), strictjson.Answers)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Decode (-want +got): %v\n%s", err, diff)
	}
	if err := strictjson.Check([]byte(sample), strictjson.Answers); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(want), walked([]byte(sample))); diff != "" {
		t.Errorf("walked (-want +got):\n%s", diff)
	}
	var d strictjson.Document
	if err := d.Read([]byte(sample), strictjson.Answers); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, n := range d.Nodes {
		said = append(said, string(n.Name)+"="+string(n.Text()))
	}
	if d.Nodes[0].Kind != strictjson.Object || int(d.Nodes[0].Next) != len(d.Nodes) || len(d.Nodes) != 10 || said[2] != "=1.50" || said[4] != "b=x\"é😀\\" || said[9] != "f/={ }" {
		t.Errorf("nodes %q", said)
	}
}

// walked builds what Decode gives out of Members, Elements and Text.
func walked(value []byte) any {
	kind, _ := strictjson.KindOf(value)
	switch kind {
	case strictjson.Object:
		object := map[string]any{}
		for m := range strictjson.Members(value) {
			object[string(m.Name())] = walked(m.Value)
		}
		return object
	case strictjson.Array:
		array := []any{}
		for e := range strictjson.Elements(value) {
			array = append(array, walked(e))
		}
		return array
	case strictjson.String:
		s, _ := strictjson.Text(value)
		return s
	case strictjson.Number:
		return json.Number(value)
	case strictjson.Bool:
		return string(value) == "true"
	}
	return nil
}

func TestADocumentIsReadAgainWithoutARestOfTheLast(t *testing.T) {
	var d strictjson.Document
	for _, text := range []string{`{"a":1,"b":[2,3]}`, `{"a":1,"A":2}`, `[`, `{"A":1}`} {
		_ = d.Read([]byte(text), strictjson.Claims)
	}
	if len(d.Nodes) != 2 || string(d.Nodes[1].Name) != "A" || d.Read(nil, strictjson.Claims) == nil {
		t.Errorf("%d nodes", len(d.Nodes))
	}
}

func TestLookup(t *testing.T) {
	names := []string{"org", "role", "kid"}
	for text, want := range map[string][]int32{
		`{}`:                                 {-1, -1, -1},
		`{"role":[1,2],"x":{},"org":"a"}`:    {5, 1, -1},
		`{"r\u006fle":1}`:                    {-1, 1, -1},
		`{"Org":1}`:                          nil,
		`{"\u212aid":1}`:                     nil, // folds to kid
		`{"x":{"Org":1},"orgs":1,"oŕg":"b"}`: {-1, -1, -1},
	} {
		var d strictjson.Document
		if err := d.Read([]byte(text), strictjson.Claims); err != nil {
			t.Fatal(err)
		}
		places := make([]int32, 3)
		if ok := d.Lookup(0, names, places); ok != (want != nil) || ok && !slices.Equal(places, want) {
			t.Errorf("%s: %t, %v; want %v", text, ok, places, want)
		}
	}
}

func TestIs(t *testing.T) {
	var d strictjson.Document
	if err := d.Read([]byte(`["\u0061b",1,"ab"]`), strictjson.Claims); err != nil {
		t.Fatal(err)
	}
	if !d.Is(1, "ab") || !d.Is(3, "ab") || d.Is(1, "a") || d.Is(2, "1") || d.Is(strictjson.Absent, "") {
		t.Error("a string is taken for another")
	}
}

// A walk through what is no object, no array or no string finds nothing.
func TestWalkingAnotherKind(t *testing.T) {
	for _, value := range []string{``, ` `, `1`, `null`, `"a"`, `[1]`, `{"a":1}`, `{}`, `[]`} {
		members, elements := 0, 0
		for range strictjson.Members([]byte(value)) {
			members++
		}
		for range strictjson.Elements([]byte(value)) {
			elements++
		}
		_, isText := strictjson.Text([]byte(value))
		if members == 1 != (value == `{"a":1}`) || elements == 1 != (value == `[1]`) || isText != (value == `"a"`) {
			t.Errorf("%s: %d members, %d elements, a text: %t", value, members, elements, isText)
		}
	}
	for m := range strictjson.Members([]byte(`{"a\"":1}`)) {
		if !m.Is(`a"`) || m.Is(`a\"`) || string(m.Quoted) != `"a\""` {
			t.Errorf("got %q", m.Quoted)
		}
	}
}
