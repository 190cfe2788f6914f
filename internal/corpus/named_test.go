package corpus_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

// directory are the types whose names stay, shown or not.
var directory = map[string]bool{
	"Endpoint": true, "HealthcareService": true, "Location": true, "Organization": true, "Practitioner": true, "PractitionerRole": true,
}

// Every published example, as a professional with a permission sees it: read by itself,
// beside what it refers to, withheld, and beside that, shown. Alone and beside what is
// withheld it is the same to the byte, and says of other entries where they are and no
// more; nothing that the withheld entry alone says stands in the answer.
func TestAttack085NoPublishedExampleNamesWhatIsNotShown(t *testing.T) {
	against, _ := permitted(t)
	plan, owner := against.Plan, against.Owner
	all := map[string]map[string]any{}
	for _, line := range linesOf(t, find(t, "shared/corpus/nhs.ndjson")) {
		var one struct{ Resource map[string]any }
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatal(err)
		}
		all[nameOf(one.Resource)] = one.Resource
	}
	links := fhir.Links{Base: "https://broker.example/fhir", Source: "https://source.example/fhir"}
	cut := func(typ string, resources ...map[string]any) fhir.Filtered {
		entries := []map[string]any{}
		for i, r := range resources {
			entries = append(entries, map[string]any{"resource": r, "search": map[string]any{"mode": []string{"match", "include"}[min(i, 1)]}})
		}
		got, err := fhir.Filter(must(t, map[string]any{"resourceType": "Bundle", "type": "searchset", "entry": entries}), fhir.Request{Interaction: fhir.Search, Type: typ}, owner, plan, links)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	shown, named, restored := 0, 0, 0
	for name, resource := range all {
		typ := resource["resourceType"].(string)
		alone := cut(typ, resource)
		if len(alone.Released) != 1 {
			continue
		}
		shown++
		released := first(t, alone)
		if words := otherWords(released, name); len(words) > 0 {
			t.Errorf("%s names others: %q", name, words)
		}
		for _, target := range targets(resource) {
			other := all[target]
			if other == nil || directory[other["resourceType"].(string)] || target == name {
				continue
			}
			named++
			hidden := map[string]any{}
			for k, v := range other {
				hidden[k] = v
			}
			hidden["meta"] = map[string]any{"security": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}}}
			beside := cut(typ, resource, hidden)
			if got := first(t, beside); len(beside.Released) != 1 || string(must(t, got)) != string(must(t, released)) {
				t.Errorf("%s tells whether %s is withheld:\n%s\n%s", name, target, must(t, released), must(t, got))
			}
			if both := cut(typ, resource, other); len(both.Released) == 2 && len(must(t, first(t, both))) > len(must(t, released)) {
				restored++
			}
		}
	}
	t.Logf("%d shown, %d references to other entries, %d of which are named when these are shown", shown, named, restored)
	if shown < 350 || named < 100 || restored == 0 {
		t.Errorf("%d shown, %d references, %d restored: too few to tell anything", shown, named, restored)
	}
}

// otherWords are what References to entries of the record say beyond where they lead, and
// the narratives of what has such References that are not within.
func otherWords(v any, root string) (words []string) {
	speaks := false
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			reference, _ := v["reference"].(string)
			typ, _, local := strings.Cut(strings.TrimPrefix(reference, "/"), "/")
			if local && !strings.Contains(typ, ":") && typ != "Patient" && !directory[typ] && reference != root {
				speaks = true
				for k, m := range v {
					if k != "reference" && k != "type" {
						words = append(words, k+": "+string(mustText(m)))
					}
				}
			}
			for _, m := range v {
				look(m)
			}
		case []any:
			for _, m := range v {
				look(m)
			}
		}
	}
	look(v)
	if text := v.(map[string]any)["text"]; text != nil && speaks {
		words = append(words, "text: "+string(mustText(text)))
	}
	return words
}

// targets are the local references in a resource.
func targets(v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		if r, ok := v["reference"].(string); ok {
			all = append(all, r)
		}
		for _, m := range v {
			all = append(all, targets(m)...)
		}
	case []any:
		for _, m := range v {
			all = append(all, targets(m)...)
		}
	}
	return all
}

func nameOf(resource map[string]any) string {
	typ, _ := resource["resourceType"].(string)
	id, _ := resource["id"].(string)
	return typ + "/" + id
}

func first(t *testing.T, got fhir.Filtered) map[string]any {
	t.Helper()
	var b struct {
		Entry []struct{ Resource map[string]any }
	}
	if err := json.Unmarshal(got.Body, &b); err != nil || len(b.Entry) == 0 {
		t.Fatalf("%v %s", err, got.Body)
	}
	return b.Entry[0].Resource
}

func must(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustText(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func linesOf(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		all = append(all, append([]byte(nil), lines.Bytes()...))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
