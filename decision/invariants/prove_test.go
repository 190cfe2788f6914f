package invariants_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

var shipped = sync.OnceValues(func() (invariants.Report, error) {
	return invariants.Prove(context.Background(), policies.FS)
})

func TestTheShippedInvariantsHoldInAllTheirStates(t *testing.T) {
	r, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Errorf("%v", err)
	}
	t.Log("\n" + out.String())
	if len(r.Results) < 45 {
		t.Errorf("%d invariants were proved; there were 45 once", len(r.Results))
	}
	if r.Decisions < 500 || r.Replayed < 200 {
		t.Errorf("%d decisions and %d by OPA's evaluator are few", r.Decisions, r.Replayed)
	}
	if len(r.Bounds) > 0 {
		t.Errorf("the shipped rules are proved without bounds of their own: %v", r.Bounds)
	}
	for _, one := range r.Results {
		if !strings.Contains(out.String(), one.Name+": in all "+invariants.Thousands(one.States)+" states") {
			t.Errorf("%s is not told with its number", one.Name)
		}
	}
}

// only leaves of the invariants of a folder those of one file.
func only(f fstest.MapFS, file string) fstest.MapFS {
	for name := range f {
		if strings.HasPrefix(name, invariants.Folder+"/") && name != invariants.Folder+"/"+file+".yaml" {
			delete(f, name)
		}
	}
	return f
}

// Each shipped invariant can fail: small slips, the invariants that find them, and
// what the smallest case must say.
func TestSmallSlipsBreakInvariants(t *testing.T) {
	if policytest.Race {
		t.Skip("every slip is made, without the race detector")
	}
	replace := policytest.Replace
	cut := func(line string) func(string) string { return replace("\t"+line+"\n", "") }
	const rules = "rules/"
	for _, slip := range []struct {
		name, file string
		change     func(string) string
		invariants string   // the file that finds it
		broken     []string // the beginnings of their names
		shows      []string // parts of the smallest case of the first
	}{
		{
			"an opt-out no longer stops a view", rules + "opt_out/opt_out.rego",
			replace("\tinput.request.action == \"view\"\n\tnot own_record.own_staff", "\tinput.request.action == \"view\"\n\town_record.own_staff"), "opt_out",
			[]string{"an opt-out wins", "nobody from elsewhere is let in while"},
			[]string{"opt_out: {id: oo-1", "decision: permit"},
		},
		{
			"an opt-out does not stop an emergency that is declared", rules + "opt_out/opt_out.rego",
			replace("concerned if input.request.action == \"declare-emergency\"\n", ""), "opt_out",
			[]string{"with an opt-out no permission is recorded"}, []string{"does: declare-emergency", "opt_out: {id: oo-1"},
		},
		{
			"an opt-out stops a no as well", rules + "opt_out/opt_out.rego",
			replace("concerned if input.request.action == \"record-permission\"", "concerned if input.request.action in {\"record-permission\", \"record-refusal\"}"), "opt_out",
			[]string{"a no, or taking a permission back"}, []string{"does: record-refusal", "decision: refuse"},
		},
		{
			"an opt-out that cannot be looked up is none", rules + "opt_out/opt_out.rego",
			replace("looked if input.facts.opt_out.state == \"absent\"", "looked if input.facts.opt_out.state in {\"absent\", \"unavailable\"}"), "opt_out",
			[]string{"nobody from elsewhere is let in while"}, []string{"opt_out: unavailable", "decision: permit"},
		},
		{
			"a national data opt-out blocks", rules + "opt_out/opt_out.rego",
			policytest.With("\n# METADATA\n# title: National\n# description: A slip.\ndeny contains {\"reason\": \"opted-out\"} if input.facts.national_opt_out.value == true\n"), "opt_out",
			[]string{"a no, or taking", "a national data opt-out changes nothing"}, []string{"national_opt_out: true", "decision: refuse"},
		},
		{
			"a permission goes on beyond its end", rules + "permission/permission.rego", cut("input.time < p.until"), "permission",
			[]string{"a permission opens a record only when"}, []string{"permissions:", "decision: permit"},
		},
		{
			"a permission counts at its last second", rules + "permission/permission.rego", replace("input.time < p.until", "input.time <= p.until"), "permission",
			[]string{"a permission opens a record only when"}, []string{"until: now", "decision: permit"},
		},
		{
			"a permission counts before it begins", rules + "permission/permission.rego", cut("p.from <= input.time"), "permission",
			[]string{"a permission opens a record only when"}, []string{"from: in 1 hour", "decision: permit"},
		},
		{
			"a permission for another professional counts", rules + "permission/permission.rego", cut("p.user_id == input.subject.user_id"), "permission",
			[]string{"a permission opens a record only when"}, []string{"for: \"555000000099\"", "decision: permit"},
		},
		{
			"a permission that was taken back counts", rules + "permission/permission.rego", cut("p.withdrawn == false"), "permission",
			[]string{"a permission opens a record only when"}, []string{"withdrawn: true", "decision: permit"},
		},
		{
			"a permission for another source counts", rules + "permission/permission.rego", cut("p.sources == [] or input.source.id in p.sources"), "permission",
			[]string{"a permission opens a record only when"}, []string{"sources: [another-source]", "decision: permit"},
		},
		{
			"an earlier yes wins over a later no", rules + "permission/permission.rego", replace("q.recorded_ms < p.recorded_ms", "q.recorded_ms > p.recorded_ms"), "permission",
			[]string{"a later no wins"}, []string{"answer: no", "decision: permit"},
		},
		{
			"a permission opens sensitive items always", rules + "permission/permission.rego", cut("sensitive == true"), "permission",
			[]string{"sensitive items go elsewhere only", "what a permission releases never exceeds"}, []string{"labels: every"},
		},
		{
			"labels: every for all", rules + "permission/permission.rego",
			replace("\"categories\": data.categories.understood, \"labels\": data.labels.normal", "\"categories\": data.categories.understood, \"labels\": data.labels.every"), "permission",
			[]string{"sensitive items go elsewhere only", "what a permission releases never exceeds"}, []string{"labels: every"},
		},
		{
			"what nobody understands goes with a permission", rules + "permission/permission.rego",
			replace("\"categories\": data.categories.understood, \"labels\": data.labels.normal", "\"categories\": data.categories.every, \"labels\": data.labels.normal"), "permission",
			[]string{"what a permission releases never exceeds", "what nobody understands"}, []string{"releases: everything"},
		},
		{
			"a stranger with a permission is let in", rules + "permission/permission.rego", replace("some r in relationship.active", "r := concat(\" \", relationship.active)"), "permission",
			[]string{"a permission opens nothing unless"}, []string{"permissions:", "decision: permit"},
		},
		{
			"the list of roles that never view is not asked", rules + "relationship/relationship.rego", cut("not data.roles.never_elsewhere[input.subject.role]"), "relationship",
			[]string{"nothing is permitted elsewhere to a role"}, []string{"role: R", "decision: permit"},
		},
		{
			"research is let in", rules + "relationship/relationship.rego", replace("if not input.request.purpose == \"direct-care\"", "if input.request.purpose == \"audit\""), "relationship",
			[]string{"nothing is permitted for another purpose"}, []string{"purpose: "},
		},
		{
			"a permission without an end is recorded", rules + "relationship/relationship.rego", replace("\tinput.statement.how in data.settings.permission.ways_to_ask\n\tends\n", "\tinput.statement.how in data.settings.permission.ways_to_ask\n"), "relationship",
			[]string{"no permission is recorded without an end"}, []string{"does: record-permission", "decision: permit"},
		},
		{
			"an answer for somebody else is recorded", rules + "relationship/relationship.rego", cut("input.statement.user_id == input.subject.user_id"), "relationship",
			[]string{"an answer of the patient is recorded only by"}, []string{"for: the one it names", "decision: permit"},
		},
		{
			"an episode that has ended is care", rules + "relationship/relationship.rego", cut("r.ended == false"), "relationship",
			[]string{"a stranger sees nothing", "an answer is recorded only while"}, []string{"ended: true", "decision: permit"},
		},
		{
			"an emergency without a known reason", rules + "emergency/emergency.rego", cut("data.settings.emergency.reasons[e.reason_code]"), "emergency",
			[]string{"an emergency opens a record only to whom"}, []string{"emergencies:", "decision: permit"},
		},
		{
			"an emergency is declared without words", rules + "emergency/emergency.rego", cut("input.statement.reason_given == true"), "emergency",
			[]string{"an emergency is declared only"}, []string{"does: declare-emergency", "decision: permit"},
		},
		{
			"an emergency of a colleague", rules + "emergency/emergency.rego", replace("\tsome e in input.facts.emergencies.value\n\te.user_id == input.subject.user_id\n\tdata", "\tsome e in input.facts.emergencies.value\n\tdata"), "emergency",
			[]string{"an emergency opens a record only to whom"}, []string{"for: \"555000000099\"", "decision: permit"},
		},
		{
			"an emergency runs for a second too long", rules + "emergency/emergency.rego", replace("e.until - e.from <= data.settings.emergency.minutes * 60", "e.until - e.from <= data.settings.emergency.minutes * 60 + 1"), "emergency",
			[]string{"an emergency opens a record only to whom"}, []string{"emergencies:", "decision: permit"},
		},
		{
			"nobody is alerted of an emergency", rules + "emergency/emergency.rego", replace("\"basis\": {\"emergency\": id}, \"alert\": true}", "\"basis\": {\"emergency\": id}}"), "emergency",
			[]string{"every use of an emergency is marked"}, []string{"emergencies:", "decision: permit"},
		},
		{
			"a former practice has routine access", rules + "routine_gp/routine_gp.rego", cut("input.time < input.facts.registration.value.until"), "routine_gp",
			[]string{"routine access is for the practice"}, []string{"registration:", "decision: permit"},
		},
		{
			"an order that is closed goes on for a second", rules + "specialist/specialist.rego", replace("input.time - o.closed_at < data", "input.time - o.closed_at <= data"), "specialist",
			[]string{"an order opens nothing once"}, []string{"closed: 2 weeks ago", "decision: permit"},
		},
		{
			"an entry of the directory for a named patient", rules + "directory/directory.rego", cut("input.patient.known == false"), "directory",
			[]string{"an entry of the directory is read"}, []string{"decision: permit"},
		},
		{
			"a restriction that cannot be looked up is none", rules + "restricted/restricted.rego",
			replace("looked if input.facts.restriction.state == \"absent\"", "looked if input.facts.restriction.state in {\"absent\", \"unavailable\"}"), "restricted",
			[]string{"nothing is shown elsewhere while"}, []string{"restriction: unavailable", "decision: permit"},
		},
		{
			"the own record needs the registry", rules + "own_record/own_record.rego", replace("\tinput.request.action == \"view\"\n\town_staff\n}\n\n# METADATA\n# title: All", "\tinput.request.action == \"view\"\n\tinput.facts.identity.state == \"known\"\n\tinput.facts.identity.value.superseded == 0\n\town_staff\n}\n\n# METADATA\n# title: All"), "own_record",
			[]string{"staff of the organisation that holds the record see it"}, []string{"older_numbers: 1"},
		},
	} {
		t.Run(strings.ReplaceAll(slip.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			folder := only(policytest.Changed(t, slip.file, slip.change), slip.invariants)
			prove := invariants.ProveShort
			if slip.broken[0] == "a later no wins" { // it takes two answers
				prove = invariants.Prove
			}
			r, err := prove(t.Context(), folder)
			if err != nil {
				t.Fatal(err)
			}
			var broken []string
			var first *invariants.Case
			for i := range r.Results {
				if one := &r.Results[i]; !one.Held() {
					if broken = append(broken, one.Name); first == nil {
						first = one.Smallest
					}
				}
			}
			if len(broken) < len(slip.broken) {
				t.Fatalf("broken is %q, expected %q", broken, slip.broken)
			}
			for i, want := range slip.broken {
				if !strings.HasPrefix(broken[i], want) {
					t.Errorf("broken is %q, expected %q", broken, slip.broken)
				}
			}
			for _, want := range slip.shows {
				if !strings.Contains(string(first.YAML), want) {
					t.Errorf("the smallest case does not show %q:\n%s", want, first.YAML)
				}
			}
			if first.Beyond != "" {
				t.Errorf("the smallest case is no case: %s", first.Beyond)
			}
			standsAsACase(t, folder, first)
		})
	}
}

// standsAsACase holds that a case can be copied into testdata/decisions: it is read,
// and decided as it says.
func standsAsACase(t *testing.T, folder fstest.MapFS, c *invariants.Case) {
	t.Helper()
	for name := range folder {
		if strings.HasPrefix(name, "testdata/") {
			delete(folder, name)
		}
	}
	folder["testdata/decisions/found.yaml"] = &fstest.MapFile{Data: c.YAML}
	found, err := cases.Run(t.Context(), policytest.Revision(t, folder))
	if err != nil {
		t.Fatalf("%v\n%s", err, c.YAML)
	}
	if len(found) != 1 || !found[0].Passed {
		t.Errorf("the case is decided otherwise: %v\n%s", found[0].Problems, c.YAML)
	}
}

// BenchmarkProve measures going through all states of the shipped rules.
func BenchmarkProve(b *testing.B) {
	for b.Loop() {
		if _, err := invariants.Prove(b.Context(), policies.FS); err != nil {
			b.Fatal(err)
		}
	}
}
