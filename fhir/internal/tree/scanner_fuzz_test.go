package tree_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// scannerSeeds are short, so that the target runs in moments as a plain test.
var scannerSeeds = []string{
	`null`, `true`, `false`, `0`, `-0.0e+1`, `1.`, `.1`, `01`, `-`, `1e`, `1E-2`, `"a"`, `"\""`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`,
	`"\ud83d\ud83d\ude00"`, `"\x"`, `"\u12g4"`, `[]`, `{}`, `[[]]`, `[1,]`, `[,1]`, `{"a":1}`, `{"a":1,}`, `{"a" :1 , "b": [ ] }`, `{"a"}`, `{1:2}`,
	`{"a":1 "b":2}`, `[1 2]`, `[}`, `{]`, `]`, `}`, `tru`, `nul`, `"abcdefg"`, `"abcdefgh"`, `"abcdefghi`, "\"abcdefg\x01h\"", "\"\x7f\"", "\"\xff\"",
	"\ufeff1", " \t\r\n1 \t\r\n", "\v1", `{"aaaaaaaa":1,"aaaaaaab":2}`, `{"aB":1,"Ab":2}`, `{"a\u0062":1}`, `{"":1}`, `{"é":1}`, `{"resourcetype":1}`, `1 1`, `"a""b"`,
}

// FuzzScanner holds the scanner against encoding/json: both take the same texts
// for JSON, but for invalid UTF-8, which encoding/json lets in, and depth.
func FuzzScanner(f *testing.F) {
	for _, seed := range scannerSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // one mark is passed over
		want := json.Valid(text) && utf8.Valid(text) && depth(text) <= 64
		if got := tree.Reads(body); got != want {
			t.Fatalf("scanner: %v, encoding/json: %v for %q", got, want, body)
		}
		if got, odd, ok := tree.Text(body); ok && !odd {
			var want string
			if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &want); err != nil || got != want {
				t.Fatalf("scanner: %q, encoding/json: %q (%v)", got, want, err)
			}
		}
		if want && !tree.IsOdd(body) {
			if name := ambiguous(json.NewDecoder(bytes.NewReader(text))); name != "" {
				t.Fatalf("the scanner finds nothing odd in %q, but %s", body, name)
			}
		}
	})
}

// depth is how far objects and arrays in a valid text go.
func depth(body []byte) (most int) {
	d, dec := 0, json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := dec.Token()
		if err != nil {
			return most
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			d++
			most = max(most, d)
		case json.Delim(']'), json.Delim('}'):
			d--
		}
	}
}

// ambiguous finds two names of one object that a lenient reader could take for
// the same.
func ambiguous(dec *json.Decoder) string {
	token, err := dec.Token()
	if err != nil {
		return ""
	}
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for dec.More() {
			token, err := dec.Token()
			if err != nil {
				return ""
			}
			name, _ := token.(string)
			if seen[strings.ToLower(name)] {
				return "there are two of " + name
			}
			seen[strings.ToLower(name)] = true
			if found := ambiguous(dec); found != "" {
				return found
			}
		}
		_, _ = dec.Token()
	case json.Delim('['):
		for dec.More() {
			if found := ambiguous(dec); found != "" {
				return found
			}
		}
		_, _ = dec.Token()
	}
	return ""
}
