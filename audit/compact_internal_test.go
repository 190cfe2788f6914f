package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCompact: what is taken is what encoding/json takes, and comes out as it has it.
func FuzzCompact(f *testing.F) {
	for _, text := range []string{
		"", " ", "{}", `{"a": [1, -0.5e+3, true, false, null, "x"]}`, `"a long text without any sign that needs reading"`, `"12345678\\"`, `"1234567\u00e9é"`, "\"control\x01 here\"",
		`"seven77"`, `"eight888"`, `"eight888`, `{"a":1`, `[1 2]`, "\"\x7f\"", "\"\xff\"", `"\ud800"`, strings.Repeat("[", 70) + strings.Repeat("]", 70),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := appendCompact([]byte("before"), text)
		if bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > maxDepth {
			t.Skip("it may be too deep")
		}
		if want := json.Valid(text) && utf8.Valid(text); ok != want {
			t.Fatalf("%q is taken: %v", text, ok)
		}
		want := bytes.NewBufferString("before")
		if ok {
			if err := json.Compact(want, text); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%q becomes %q, and by encoding/json %q", text, got, want)
		}
	})
}
