package tree_test

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
	"github.com/valyala/fastjson"
)

// suite are the texts of JSONTestSuite, beside the hostile source that sends them.
func suite(t testing.TB) (texts []string) {
	t.Helper()
	file, err := os.Open("../../../internal/demo/hostile/jsontestsuite.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if _, quoted, ok := strings.Cut(lines.Text(), "\t"); ok {
			text, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
	}
	if len(texts) != 316 {
		t.Fatalf("%d texts of JSONTestSuite, want 316", len(texts))
	}
	return texts
}

// FuzzTree holds the tree that the filter sees against those of two parsers that nobody
// here wrote: fastjson builds a whole tree of its own and is lenient, jsontext reads
// token by token and is strict. Neither shares code with encoding/json.
func FuzzTree(f *testing.F) {
	for _, seed := range append(suite(f), scannerSeeds...) {
		f.Add([]byte(seed))
	}
	for _, seed := range []string{
		`{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1.50,"unit":"\u00b5g"}}`,
		`{"a":{"b":[1,-0,1e5,"\ud83d\ude00",null,true,{"c":{}}]},"A":{"b":"\/"}}`, `{"a":1,"a":2}`, `[[],{},"",0]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		saw, ok := tree.Plain(body)
		body = bytes.TrimPrefix(body, []byte("\ufeff")) // one may be passed over (RFC 8259 section 8.1); these two do not
		strict := jsontext.Value(body)
		if !ok {
			if strict.IsValid() && depth(body) <= 64 {
				t.Fatalf("jsontext takes %q, and the scanner does not", body)
			}
			return
		}
		// What is odd to the scanner may be refused by jsontext, for equal names and half
		// pairs; all else that the scanner takes it takes.
		if !strict.IsValid() && !tree.IsOdd(body) && !isHalf(saw) {
			t.Fatalf("the scanner takes %q, and jsontext does not", body)
		}
		other, err := fastjson.ParseBytes(body)
		if err != nil {
			t.Fatalf("the scanner takes %q, and fastjson does not: %v", body, err)
		}
		if diff := cmp.Diff(like(saw, other), saw); diff != "" {
			t.Fatalf("%q is read otherwise (-fastjson +scanner):\n%s", body, diff)
		}
		var d tree.Document
		if d.Read(body); d.ASCII && bytes.ContainsFunc(body, func(r rune) bool { return r > 0x7f }) {
			t.Fatalf("%q is taken for ASCII", body)
		}
	})
}

func isHalf(v any) bool { _, half := v.(tree.Half); return half }

// like writes fastjson's tree as the scanner's is written: without names where those are
// not known, without the string where half of it is missing.
func like(saw any, v *fastjson.Value) any {
	if isHalf(saw) && v.Type() == fastjson.TypeString {
		return tree.Half{}
	}
	switch v.Type() {
	case fastjson.TypeString:
		return string(v.GetStringBytes())
	case fastjson.TypeArray:
		all := []any{}
		list, _ := saw.([]any)
		for i, member := range v.GetArray() {
			all = append(all, like(at(list, i), member))
		}
		return all
	case fastjson.TypeObject:
		values, pairs := []any{}, []tree.Pair{}
		list, odd := saw.([]any)
		members, _ := saw.([]tree.Pair)
		v.GetObject().Visit(func(name []byte, member *fastjson.Value) {
			i := len(values)
			one := at(list, i)
			if !odd && i < len(members) {
				one = members[i].Value
			}
			values = append(values, like(one, member))
			pairs = append(pairs, tree.Pair{Name: string(name), Value: values[i]})
		})
		if odd {
			return values
		}
		return pairs
	}
	return tree.Word(v.String())
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}
