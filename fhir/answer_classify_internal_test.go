package fhir

import "testing"

// What names a resource may know better where the resource itself is a guess.
func TestAGuessSaysThatItIsOne(t *testing.T) {
	c, err := NewClassifier([]ClassRule{
		{Type: "Observation", Category: []Code{{"s", "lab"}}, Class: "laboratory"},
		{Type: "Observation", Category: []Code{{"s", "private"}}, Class: unclassified},
		{Type: "Observation", Code: []Code{{"s", "1"}}, Class: "laboratory"},
		{Type: "Observation", Has: []string{"specimen"}, Class: "laboratory"},
		{Type: "Observation", Code: []Code{{"s", AnyCode}}, Class: "observations"},
		{Type: "Condition", Class: "conditions"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	placed := func(typ string, f *clues) placement { return c.classify(resourceTypes[typ], c.types[typ], f) }
	known := func(code string, d dimension) []hit { return []hit{{use: c.use("s", code), dim: d}} }
	loose := [dimensions]uint64{byCode: c.spelled["s"].loose[0].lists[byCode]}
	for _, p := range []struct {
		name, typ string
		clues     clues
		class     string
		weak      bool
	}{
		{"by its category", "Observation", clues{hits: known("lab", byCategory), loose: loose}, "laboratory", false},
		{"by its code", "Observation", clues{hits: known("1", byCode), loose: loose}, "laboratory", false},
		{"by what it has", "Observation", clues{has: hasSpecimen, loose: loose}, "laboratory", false},
		{"by a rule that leaves it unclassified", "Observation", clues{hits: known("private", byCategory)}, unclassified, false},
		{"by the system of its code", "Observation", clues{loose: loose}, "observations", true},
		{"not at all, when its category is in words", "Observation", clues{loose: loose, words: true}, unclassified, true},
		{"not at all", "Observation", clues{}, unclassified, true},
		{"by its type", "Condition", clues{}, "conditions", true},
		{"by a type without rules", "Goal", clues{}, unclassified, true},
	} {
		t.Run(p.name, func(t *testing.T) {
			got := placed(p.typ, &p.clues)
			if got.first != p.class || got.weak != p.weak || got.set != 1<<c.ids[p.class] {
				t.Errorf("%+v", got)
			}
		})
	}
}

// An owner of a source is told which entries have a category in words alone.
func TestACategoryInWordsIsACause(t *testing.T) {
	c, err := NewClassifier([]ClassRule{{Type: "Observation", CategoryText: []string{"Laboratory"}, Class: "laboratory"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]bool{
		`{"resourceType":"Observation","id":"1","category":[{"text":"Haematology"}]}`:                         true,
		`{"resourceType":"Observation","id":"1","category":[{"text":"LABORATORY "}]}`:                         false,
		`{"resourceType":"Observation","id":"1","category":[{"text":"x","coding":[{"code":"y"}]}]}`:           false,
		`{"resourceType":"Observation","id":"1","code":{"text":"Haematology"}}`:                               false,
		`{"resourceType":"Observation","id":"1","category":[{"coding":[{"code":"y"}]},{"text":"Pathology"}]}`: true,
	} {
		cut := &cutter{judge: judge{text: make([]byte, 0, 256)}}
		if err := cut.prepare(Owner{}, Plan{Classes: c}, Links{}); err != nil || !cut.Read([]byte(body)) {
			t.Fatal(err)
		}
		cut.resource(0)
		if cut.words != want {
			t.Errorf("%s: %v", body, cut.words)
		}
	}
}
