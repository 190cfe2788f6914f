package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// parts are what can stand within a text of a form: at its beginning, at its end, anywhere.
var parts = map[string]*regexp.Regexp{
	"^[A-Z0-9]{3,10}$": regexp.MustCompile(`^[A-Z0-9]{0,10}$`),
	"^R[0-9]{4}$":      regexp.MustCompile(`^R?[0-9]{0,4}$`),
}

// textTest looks at startswith, endswith, contains and regex.match: a text that is written
// out, and that none of the texts that there are begins with, ends with, or holds.
func (c *checker) textTest(f *flow, m *ast.Module, file string, at *ast.Location, op string, t []*ast.Term) {
	field, what := t[0], t[1]
	if op == "regex.match" {
		field, what = t[1], t[0]
	}
	written, ok := what.Value.(ast.String)
	a := c.domainOf(f, f.origins(m, field))
	if !ok || !a.known || a.mixed || a.literal {
		return
	}
	holds := map[string]func(word, part string) bool{"startswith": strings.HasPrefix, "endswith": strings.HasSuffix, "contains": strings.Contains}[op]
	if op == "regex.match" {
		pattern, err := regexp.Compile(string(written))
		if err != nil {
			return // told
		}
		holds = func(word, _ string) bool { return pattern.MatchString(word) }
	}
	never := false
	switch {
	case a.words != nil:
		never = !slices.ContainsFunc(a.words, func(w string) bool { return holds(w, string(written)) })
	case a.pattern != nil && op != "regex.match":
		form := parts[a.pattern.String()]
		never = form != nil && (!form.MatchString(string(written)) || op == "startswith" && strings.HasPrefix(a.form, "a job role") && written != "" && written[0] != 'R')
	case a.told == "input.subject.role":
		never = true
		for n := 0; never && n < 10000; n++ {
			never = !holds(fmt.Sprintf("R%04d", n), "")
		}
	}
	if !never {
		return
	}
	form := a.form
	if a.words != nil {
		form = "one of " + fault.OneOf(a.words)
	}
	c.sayAt(file, at, "write it as it is written there", "%s is %s, and this is so of none of them: %q", named(a), form, string(written))
}

// shaped is the domain of lower(x), upper(x) and trim_space(x).
func (c *checker) shaped(o origin) domain {
	forms := map[string]struct{ pattern, form string }{
		"lower": {`^[^A-Z]*$`, "a text in small letters"}, "upper": {`^[^a-z]*$`, "a text in capital letters"},
		"trim_space": {`^(\S|\S(?s:.*)\S)?$`, "a text without blanks at its ends"},
	}
	is := forms[o.rule]
	return domain{known: true, kinds: map[string]bool{"text": true}, any: true, pattern: regexp.MustCompile(is.pattern), form: is.form, told: o.rule + "(...)"}
}
