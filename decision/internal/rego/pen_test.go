package rego_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

func FuzzInputText(f *testing.F) {
	for _, s := range []string{"", "R8000", "a\"b\\c", "\x00\x1f\x7f", "é\xff\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		text, _ := rego.AppendString(nil, s)
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(s, "�"); back != want {
			t.Errorf("%q became %q", want, back)
		}
	})
}
