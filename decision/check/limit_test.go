package check_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// What a rule or a test asks for without end is ended by the broker's own limit,
// and it is said which it is and what to do.
func TestAnEndlessEvaluationIsEnded(t *testing.T) {
	for name, c := range map[string]struct {
		edit edit
		says []string
	}{
		"in a test of a rule": {
			edit{File: "rules/restricted/restricted_test.rego", Append: "\ntest_endless if count(numbers.range(1, 100000000)) > 0\n"},
			[]string{"rules/restricted/restricted_test.rego, line", "test_endless", "was ended", "numbers.range"},
		},
		"in a test of a rule, list within list": {
			edit{File: "rules/restricted/restricted_test.rego", Append: "\ntest_endless if {\n\tbig := numbers.range(1, 20000)\n\tevery x in big { every y in big { x + y > 0 } }\n}\n"},
			[]string{"test_endless", "was ended"},
		},
		"in a rule": {
			edit{File: "rules/restricted/restricted.rego", Old: "\tnot over\n", New: "\tcount(numbers.range(1, 100000000)) > 0\n\tnot over\n"},
			[]string{"testdata/decisions/", "the decision takes longer than 100ms and was ended", "the other"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := policytest.Copied(t)
			c.edit.apply(t, in)
			policytest.OnlyCases(in, "restricted")
			var out bytes.Buffer
			began := time.Now()
			if err := check.Test(t.Context(), in, &out); err == nil {
				t.Fatal("it passes")
			}
			if spent := time.Since(began); spent > 50*time.Second {
				t.Errorf("it took %v", spent)
			}
			for _, word := range c.says {
				if !strings.Contains(out.String(), word) {
					t.Errorf("%q is not said", word)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}
