package check

import (
	"encoding/json"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	refused := []string{
		"http.send", "opa.runtime", "net.lookup_ip_addr", "rand.intn", "uuid.rfc4122",
		"time.now_ns", "rego.parse_module", "json.match_schema", "json.verify_schema",
		"io.jwt.decode_verify", "io.jwt.encode_sign", "io.jwt.encode_sign_raw", "trace", "print",
	}
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return b.Nondeterministic || slices.Contains(refused, b.Name)
	})
	c.AllowNet = []string{}
	return c
}

func (c *checker) schemaDocument() any {
	var doc any
	_ = json.Unmarshal([]byte(c.text[schemaPath]), &doc)
	return doc
}
