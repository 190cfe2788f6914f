package strictjson_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/strictjson"
)

// texts are an answer with a thousand resources, and the worst that names can do:
// objects as wide as is allowed, with long names that begin alike.
func texts() map[string][]byte {
	const observation = `{"fullUrl":"https://a.example/fhir/Observation/o%d","resource":{"resourceType":"Observation","id":"o%d","status":"final",` +
		`"code":{"coding":[{"system":"http://snomed.info/sct","code":"271649006","display":"Systolic blood pressure"}]},` +
		`"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":128.5,"unit":"mmHg"},"note":[{"text":"Seen in clinic \u2013 no change."}]},"search":{"mode":"match"}}`
	var entries, names []string
	for i := range 1000 {
		entries = append(entries, fmt.Sprintf(observation, i, i))
	}
	for i := range strictjson.Widest {
		names = append(names, fmt.Sprintf(`"%s%d":0`, strings.Repeat("é", 100), i))
	}
	wide := "{" + strings.Join(names, ",") + "}"
	return map[string][]byte{
		"answer": []byte(`{"resourceType":"Bundle","entry":[` + strings.Join(entries, ",") + `]}`),
		"names":  []byte(`{"a":[` + strings.Repeat(wide+",", 9) + wide + `]}`),
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, text := range texts() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := strictjson.Check(text, strictjson.Answers); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/json.Valid", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				json.Valid(text)
			}
		})
	}
}
