package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// failing are functions that stop the whole decision when they are given what they
// do not understand.
var failing = []string{
	"to_number", "json.unmarshal", "yaml.unmarshal", "base64.decode", "base64url.decode", "hex.decode", "time.parse_ns", "time.parse_rfc3339_ns",
	"time.parse_duration_ns", "units.parse", "units.parse_bytes", "semver.compare", "net.cidr_contains", "net.cidr_expand", "net.cidr_intersects", "urlquery.decode",
	"urlquery.decode_object", "json.patch", "io.jwt.decode", "crypto.x509.parse_certificates",
}

// calls looks at functions wherever they are used.
func (c *checker) calls(file string, m *ast.Module) {
	visit := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if t, ok := x.Terms.([]*ast.Term); ok {
				c.oneCall(file, x.Location, t)
			}
		case *ast.Term:
			if t, ok := x.Value.(ast.Call); ok {
				c.oneCall(file, x.Location, t)
			}
		}
		return false
	})
	visit.Walk(m)
}

func (c *checker) oneCall(file string, at *ast.Location, t []*ast.Term) {
	op := t[0].String()
	switch {
	case slices.Contains(failing, op) && len(t) > 1 && !constant(t[1]):
		c.sayAt(file, at, "compare texts as texts", "%s stops the whole decision when it is given what it cannot read", op)
	case op == "div" || op == "rem":
		if len(t) > 2 {
			if n, ok := t[2].Value.(ast.Number); !ok || n == "0" {
				c.sayAt(file, at, "multiply the other side instead", "dividing by what may be 0 stops the whole decision")
			}
		}
	case op == "sprintf" && len(t) > 2:
		c.sprintf(file, at, t[1], t[2])
	case strings.HasPrefix(op, "regex.") && len(t) > 1:
		if s, ok := t[1].Value.(ast.String); ok && op != "regex.replace" {
			if _, err := regexp.Compile(string(s)); err != nil {
				c.sayAt(file, at, "close its brackets, or compare with ==", "the pattern cannot be read, and stops the whole decision")
			}
		}
	case op == "numbers.range" || op == "bits.lsh":
		c.sayAt(file, at, "name the values, or compare with < and >", "%s can take all the time and memory that there is", op)
	}
}

var verb = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?[a-zA-Z%]`)

func (c *checker) sprintf(file string, at *ast.Location, form, list *ast.Term) {
	s, ok1 := form.Value.(ast.String)
	a, ok2 := list.Value.(*ast.Array)
	if !ok1 || !ok2 {
		return
	}
	n := 0
	for _, v := range verb.FindAllString(string(s), -1) {
		if v != "%%" {
			n++
		}
	}
	if n != a.Len() {
		c.sayAt(file, at, "give one value for each", "the text has %d places to fill and is given %s", n, values(a.Len()))
	}
}

func values(n int) string {
	if n == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d values", n)
}
