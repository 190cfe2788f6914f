package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// refused are the built-ins, beyond those that OPA itself calls
// nondeterministic, that no rule may use. Naming one is a compile error.
var refused = []string{
	"http.send", "opa.runtime", "net.lookup_ip_addr", "rand.intn", "uuid.rfc4122",
	"time.now_ns",                             // the time is in the question
	"rego.parse_module",                       // no code from data
	"json.match_schema", "json.verify_schema", // schemas may be remote
	"io.jwt.decode_verify", "io.jwt.encode_sign", "io.jwt.encode_sign_raw", // tokens are another package's
	"bits.lsh",       // takes any memory in one step, which no limit of time can stop
	"trace", "print", // a rule's output would be a leak
}

// Capabilities are what rules may use: everything that is a function of its
// arguments, and no network. They are set on the compiler, because rego's
// UnsafeBuiltins is ignored when a program brings its own compiler.
func Capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return b.Nondeterministic || slices.Contains(refused, b.Name)
	})
	c.AllowNet = []string{} // empty, not nil: nil allows every host
	return c
}
