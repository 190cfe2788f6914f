package invariants

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/policies"
)

var shippedWords = sync.OnceValue(func() *vocabulary {
	rev, err := decision.Load(context.Background(), policies.FS, patient)
	if err != nil {
		panic(err)
	}
	return vocabularyOf(rev)
})

const head = "title: A title\npromise: A promise\ninvariants:\n"

func TestWhatIsWrongIsSaidWithItsLineAndWhatToDo(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"no title", "promise: A promise\ninvariants:\n  - {name: x, whenever: {}, then: {decision: permit}}", ":1: title and promise must be given"},
		{"no invariants", "title: A title\npromise: A promise\n", "invariants: list at least one"},
		{"a name that is not there", head + "  - {name: x, whenever: {opt_outs: known}, then: {decision: permit}}", `:4: whenever: there is no "opt_outs" here; there are age, asks, at,`},
		{"a name twice", head + "  - name: x\n    whenever: {at: own}\n    whenever: {at: own}\n    then: {decision: permit}", `:6: an invariant: "whenever" is there twice`},
		{"no verdict", head + "  - {name: x, whenever: {at: own}}", ":4: say one of then, then never, and never matters"},
		{"two verdicts", head + "  - {name: x, then: {decision: permit}, then never: {decision: wait}}", ":4: say one of then"},
		{"an empty verdict", head + "  - {name: x, then: {}}", "then: say what the decision is like"},
		{"a word that is none", head + "  - {name: x, whenever: {opt_out: maybe}, then: {decision: permit}}", "opt_out: say known, absent, unavailable, not known, in force or not in force"},
		{"a decision that is none", head + "  - {name: x, then never: {decision: deny}}", `there is no decision "deny"; there are permit, refuse, wait`},
		{"a category that is none", head + "  - {name: x, then never: {releases: [lab]}}", `there is no category`},
		{"a rule that is none", head + "  - {name: x, then never: {by: permissions}}", `there is no rule "permissions"`},
		{"a reason that is none", head + "  - {name: x, then never: {because: opted_out}}", `there is no reason "opted_out"`},
		{"a type that is none", head + "  - {name: x, whenever: {asks: {type: Observations}}, then never: {decision: permit}}", "type that the broker offers"},
		{"a role that is none", head + "  - {name: x, whenever: {role: doctor}, then never: {decision: permit}}", `role: "doctor" is no job role code`},
		{"a list of roles that is none", head + "  - {name: x, whenever: {role: {on: never}}, then never: {decision: permit}}", "on: say emergency or never_elsewhere"},
		{"a length that is none", head + "  - {name: x, whenever: {emergencies: {no: {lasts_at_most: an hour}}}, then never: {decision: permit}}", "lasts_at_most: say a number of seconds"},
		{"a field of another fact", head + "  - {name: x, whenever: {relationships: {no: {answer: \"yes\"}}}, then never: {decision: permit}}", `there is no "answer" here; there are begun_within, ended,`},
		{"who decides, under unless", head + "  - {name: x, whenever: {at: own}, unless: {by: permission}, then never: {decision: permit}}", "unless: by and by_only are said under whenever"},
		{"a value left empty", head + "  - {name: x, whenever: {at: }, then never: {decision: permit}}", "at is left empty"},
		{"a list where words belong", head + "  - {name: x, whenever: {at: [own]}, then never: {decision: permit}}", "at: say own or elsewhere"},
		{"an anchor", head + "  - &a {name: x, then never: {decision: permit}}", "& and * are not taken"},
		{"a tag", head + "  - {name: !!str x, then never: {decision: permit}}", "leave out the tag"},
		{"two documents", head + "  - {name: x, then never: {decision: permit}}\n---\n{}", "one document is taken"},
		{"no YAML", "title: [", "this cannot be read"},
		{"too long", strings.Repeat("# a comment\n", 8000), "the file is too long"},
		{"settings that are none", "settings: on\n" + head + "  - {name: x, then never: {decision: permit}}", ":1: settings: say them as data/settings.json has them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults := readFile("invariants/x.yaml", []byte(c.text), shippedWords(), newCompared())
			if !strings.Contains(faults.Error(), c.want) {
				t.Errorf("said %q, expected %q", faults.Error(), c.want)
			}
			for _, f := range faults {
				if f.File != "invariants/x.yaml" || strings.Contains(f.Error(), "yaml.Node") {
					t.Errorf("%v", f)
				}
			}
		})
	}
}

func TestAcceptancesAreReadStrictly(t *testing.T) {
	const from = "0123456789ab"
	for _, c := range []struct{ text, want string }{
		{"accepted:\n  - {from: \"0123456789ab\", to: \"ba9876543210\", widening: what is wider, by: The Guardian, why: a good reason}", ""},
		{"accepted:\n  - {from: \"0123456789ab\", to: \"ba9876543210\", widening: what is wider, by: The Guardian}", ":2: an acceptance says from which rules"},
		{"accepted:\n  - {from: \"0123\", to: \"ba9876543210\", widening: what is wider, by: The Guardian, why: a good reason}", ":2: from: give the digest"},
		{"accepted:\n  - {from: \"0123456789ab\", to: \"ba9876543210\", widening: what is wider, by: \" \", why: a good reason}", ":2: by: say it in words"},
		{"accepted:\n  - {from: \"0123456789ab\", to: \"ba9876543210\", widenings: what is wider, by: The Guardian, why: a good reason}", `there is no "widenings" here`},
		{"accepted:\n  - {from: \"0123456789ab\", widening: what is wider, by: The Guardian, why: a good reason}", ":2: an acceptance says from which rules"},
		{"accepted: yes", ":1: accepted: a list is expected here"},
		{"allowed: []", `there is no "allowed" here`},
	} {
		list, faults := readAccepted([]byte(c.text))
		switch {
		case c.want == "" && (len(faults) > 0 || len(list) != 1 || list[0].From != from):
			t.Errorf("%q: %v %v", c.text, list, faults)
		case c.want != "" && !strings.Contains(faults.Error(), c.want):
			t.Errorf("%q: said %q, expected %q", c.text, faults.Error(), c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	rev, err := decision.Load(context.Background(), policies.FS, patient)
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range rev.Files().Other {
		f.Add([]byte(text))
	}
	f.Add([]byte("accepted:\n  - {from: \"0123456789ab\", to: \"ba9876543210\", widening: what is wider, by: The Guardian, why: a good reason}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := strings.Count(string(text), "\n") + 1
		one, faults := readFile("x.yaml", text, shippedWords(), newCompared())
		again, same := readFile("x.yaml", text, shippedWords(), newCompared())
		if fmt.Sprint(faults) != fmt.Sprint(same) || (one == nil) != (again == nil) {
			t.Fatalf("read twice, and otherwise: %v %v", faults, same)
		}
		_, wrong := readAccepted(text)
		for _, fault := range append(faults, wrong...) {
			if fault.Line < 0 || fault.Line > lines+1 || fault.Text == "" {
				t.Fatalf("%+v", fault)
			}
		}
		if len(faults) > 0 {
			return
		}
		if one.title == "" || one.promise == "" || len(one.rules) == 0 {
			t.Fatalf("taken without what it must say: %q", text)
		}
		for _, i := range one.rules {
			if i.name == "" || (i.then == nil) == (i.unread == nil) {
				t.Fatalf("taken without a name or a verdict: %q", text)
			}
		}
	})
}
