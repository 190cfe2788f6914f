package rego_test

import (
	"bytes"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// What the machine reads of a document is what OPA reads of it; what it does not read, OPA
// may.
func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { "a" : [ 1 , -0, 1.0, 1e3, 9223372036854775808, "", "\u00e9\n", null, true, false ] } `,
		`{"b":1,"a":{"state":"known","value":[{"id":"x","from":0}]}}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `[1]`, `{"":1}`, `{"a":"\ud83d\ude00"}`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		given := append(make([]byte, 0, len(text)+7), text...) // with room behind it
		m := rego.Borrow()
		defer m.Free()
		got, err := m.ReadJSON(given)
		if err != nil {
			return
		}
		var doc any
		if err := util.NewJSONDecoder(bytes.NewReader(text)).Decode(&doc); err != nil {
			t.Fatalf("%q: read by the machine, and not by OPA: %v", text, err)
		}
		value, err := ast.InterfaceToValue(doc)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		clear(given) // the nodes are their own
		if again := rego.ToAST(got); ast.Compare(again, value) != 0 {
			t.Errorf("%q: %v, and OPA reads %v", text, again, value)
		}
	})
}
