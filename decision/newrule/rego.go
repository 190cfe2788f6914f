package newrule

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// rego writes the rule and its tests.
func (a Answers) rego(otherRole, otherKind, otherCategory string) (rule, tests string) {
	w := &writer{a: a, role: "R8000", kind: "gp", category: "conditions"}
	if len(a.Roles) > 0 {
		w.role = a.Roles[0]
	}
	if len(a.Kinds) > 0 {
		w.kind = a.Kinds[0]
	}
	if len(a.Categories) > 0 {
		w.category = a.Categories[0]
	}
	w.head()
	if a.Does == Permit {
		w.permits(otherRole, otherKind, otherCategory)
	} else {
		w.concerns(otherRole, otherKind, otherCategory)
	}
	head := fmt.Sprintf("package mcr.rules.%[1]s_test\n\nimport data.mcr.rules.%[1]s\n\nimport rego.v2\n\n", a.Name)
	return w.rule.String(), head + w.tests.String()
}

// writer writes a rule, and a test of each part beside it.
type writer struct {
	a                    Answers
	role, kind, category string // with which the rule is asked
	rule, tests          strings.Builder
}

func (w *writer) ruleln(format string, args ...any) { fmt.Fprintf(&w.rule, format+"\n", args...) }

func (w *writer) test(name, format string, args ...any) {
	fmt.Fprintf(&w.tests, "\ntest_%s if %s\n", name, fmt.Sprintf(format, args...))
}

// scalar writes a text of METADATA in one line.
func scalar(text string) string {
	out, err := yaml.Marshal(text)
	if err != nil {
		return fmt.Sprintf("%q", text) // no text comes here
	}
	return strings.TrimSpace(string(out))
}

// metadata writes what the policy book is made from.
func (w *writer) metadata(title, description string, reasons bool) {
	w.ruleln("\n# METADATA\n# title: %s\n# description: %s", scalar(title), scalar(description))
	if reasons {
		w.ruleln("# custom:\n#   reasons: [%s]", w.a.reason())
	}
}

func (w *writer) head() {
	a := w.a
	reasons := ""
	if a.Does != Limit {
		reasons = a.reason()
	}
	w.ruleln("# METADATA\n# title: %s\n# description: %s\n# custom:\n#   promise: %s\n#   reasons: [%s]\npackage mcr.rules.%s\n",
		scalar(a.Title), scalar(a.sentence()), scalar(a.Promise), reasons, a.Name)
	w.ruleln("import data.mcr.rules.%s\n\nimport rego.v2", map[bool]string{true: "relationship", false: "own_record"}[a.Does == Permit])
	role := fmt.Sprintf(`{"role": %q, "organisation": "RXA01"}`, w.role)
	facts := ""
	if a.Does == Permit {
		facts = "\t\"time\": 100,\n\t\"facts\": {\"relationships\": {\"state\": \"known\", \"value\": [{\"id\": \"rel-1\", \"kind\": \"referral\", \"organisation\": \"RXA01\", \"ended\": false, \"from\": 50, \"until\": 200}]}},\n"
	}
	fmt.Fprintf(&w.tests, "asked := {\n%s\t\"subject\": %s,\n\t\"source\": {\"organisation\": \"A81001\", \"kind\": %q},\n\t\"request\": {\"action\": \"view\", \"interaction\": \"search-type\", \"categories\": [%q]},\n}\n",
		facts, role, w.kind, w.category)
}

// sentence says in words what the rule does.
func (a Answers) sentence() string {
	who := "a professional of another organisation"
	if len(a.Roles) > 0 {
		who += " who works as " + oneOf(a.Roles)
	}
	where := "any source"
	if len(a.Kinds) > 0 {
		where = "a source of the kind " + oneOf(a.Kinds)
	}
	what := "anything"
	if len(a.Categories) > 0 {
		what = oneOf(a.Categories)
	}
	switch a.Does {
	case Permit:
		return fmt.Sprintf("Permits, without asking the patient, that %s sees %s at %s, while their organisation is treating the patient. A search must ask for nothing else.", strings.Replace(who, " of another organisation", "", 1), strings.ReplaceAll(what, " or ", " and "), where)
	case Deny:
		return fmt.Sprintf("Refuses %s who asks for what could hold %s at %s, whatever other rules permit. Own staff are not concerned.", who, what, where)
	case Withhold:
		return fmt.Sprintf("Withholds %s of what %s sees at %s, whichever rule releases it. Own staff are not concerned.", strings.ReplaceAll(what, " or ", " and "), who, where)
	}
	return fmt.Sprintf("Takes some elements out of what %s sees at %s, whoever permits it. Own staff are not concerned.", who, where)
}

func oneOf(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// quoted writes texts as Rego.
func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

// concerns writes a rule that refuses, withholds, or takes something out, unless something shows that it
// need not.
func (w *writer) concerns(otherRole, otherKind, otherCategory string) {
	a := w.a
	set, holds := "deny", fmt.Sprintf(`{{"reason": %q}}`, a.reason())
	switch a.Does {
	case Deny:
		w.metadata("When it refuses", "The request is to view, and the rule concerns it.", true)
		w.ruleln("deny contains {\"reason\": %q} if {\n\tinput.request.action == \"view\"\n\tconcerned\n}", a.reason())
	case Withhold:
		set, holds = "withhold", fmt.Sprintf(`{{"categories": %s.kept_back, "reason": %q}}`, a.Name, a.reason())
		w.metadata("What it withholds", "Of whatever is viewed, where the rule concerns it, whichever rule releases it.", true)
		w.ruleln("withhold contains {\"categories\": kept_back, \"reason\": %q} if {\n\tinput.request.action == \"view\"\n\tconcerned\n}", a.reason())
		w.metadata("The categories", "As data/categories.json names them.", false)
		w.ruleln("kept_back := [%s]", quoted(a.Categories))
	default:
		set, holds = "plan", fmt.Sprintf(`{{"masks": %s.taken_out}}`, a.Name)
		w.metadata("What it takes out", "Of whatever is viewed, where the rule concerns it.", false)
		w.ruleln("plan contains {\"masks\": taken_out} if {\n\tinput.request.action == \"view\"\n\tconcerned\n}")
		w.metadata("The elements", "Each as Type.element, or as policies/README.md says.", false)
		w.ruleln("taken_out := [%s]", quoted(a.TakeOut))
	}
	w.test("it_holds", "%s.%s == %s with input as asked", a.Name, set, holds)
	w.test("own_staff_are_not_concerned", "%s.%s == set() with input as object.union(asked, {\"source\": {\"organisation\": \"RXA01\"}})", a.Name, set)
	w.test("nothing_but_viewing", "%s.%s == set() with input as object.union(asked, {\"request\": {\"action\": \"withdraw\"}})", a.Name, set)
	w.metadata("Whom it concerns", "Everybody, but for those of whom something shows that it does not.", false)
	w.ruleln("concerned if {\n\tnot own_record.own_staff")
	var but []func()
	except := func(name, title, description, body, otherwise, missing string) {
		w.ruleln("\tnot %s", name)
		but = append(but, func() {
			w.metadata(title, description, false)
			w.ruleln("%s if {\n%s\n}", name, body)
		})
		w.test(name, "%s.%s == set() with input as object.union(asked, %s)", a.Name, set, otherwise)
		w.test("it_holds_where_nothing_is_said_of_"+name, "%s.%s == %s with input as object.union(asked, %s)", a.Name, set, holds, missing)
	}
	if len(a.Roles) > 0 {
		except("another_role", "Another role", "The role is known, and none of those that are meant.",
			fmt.Sprintf("\tinput.subject.role != \"\"\n\tnot input.subject.role in {%s}", quoted(a.Roles)),
			fmt.Sprintf(`{"subject": {"role": %q}}`, otherRole), `{"subject": {"role": ""}}`)
	}
	if len(a.Kinds) > 0 {
		rest := slices.DeleteFunc(slices.Clone(Kinds), func(k string) bool { return slices.Contains(a.Kinds, k) })
		except("another_kind", "Another kind of organisation", "The record is held by an organisation of a kind that is not meant.",
			fmt.Sprintf("\tinput.source.kind in {%s}", quoted(rest)),
			fmt.Sprintf(`{"source": {"kind": %q}}`, otherKind), `{"source": {"kind": ""}}`)
	}
	if len(a.Categories) > 0 && a.Does != Withhold {
		except("other_categories", "Other categories", "What could come is known, and nothing of it is meant.",
			fmt.Sprintf("\tcount(input.request.categories) > 0\n\tevery c in input.request.categories {\n\t\tnot c in {%s}\n\t}", quoted(a.Categories)),
			fmt.Sprintf(`{"request": {"categories": [%q]}}`, otherCategory), `{"request": {"categories": []}}`)
	}
	w.ruleln("}")
	for _, write := range but {
		write()
	}
}

// permits writes a rule that permits on what is on record.
func (w *writer) permits(otherRole, otherKind, otherCategory string) {
	a := w.a
	holds := fmt.Sprintf(`{{"reason": %q, "basis": {"relationship": "rel-1"}}}`, a.reason())
	w.metadata("When it permits", "The organisation is treating the patient now, and nothing else is asked for.", true)
	w.ruleln("permit contains {\"reason\": %q, \"basis\": {\"relationship\": id}} if {\n\tinput.request.action == \"view\"", a.reason())
	refuses := func(name, otherwise string) {
		w.test(name, "%s.permit == set() with input as object.union(asked, %s)", a.Name, otherwise)
	}
	if len(a.Roles) > 0 {
		w.ruleln("\tinput.subject.role in {%s}", quoted(a.Roles))
		refuses("another_role", fmt.Sprintf(`{"subject": {"role": %q}}`, otherRole))
	}
	if len(a.Kinds) > 0 {
		w.ruleln("\tinput.source.kind in {%s}", quoted(a.Kinds))
		refuses("another_kind", fmt.Sprintf(`{"source": {"kind": %q}}`, otherKind))
	}
	w.ruleln("\tasked\n\tsome id in relationship.active\n}")
	w.metadata("What it opens", "These categories, without sensitive items.", false)
	w.ruleln("plan contains {\"categories\": opened, \"labels\": data.labels.normal} if permit != set()")
	w.metadata("The categories", "As data/categories.json names them.", false)
	w.ruleln("opened := [%s]", quoted(a.Categories))
	w.metadata("Nothing else is asked for", "One item is read, or all that a search could bring is among the categories. What a source may have marked as mental health, social care, safeguarding or an advance decision cannot be left out of a search; it is withheld afterwards.", false)
	w.ruleln("asked if {\n\tinput.request.interaction == \"read\"\n\tsome_of_it\n}\n\nasked if {\n\tinput.request.interaction == \"search-type\"\n\tsome_of_it\n\tevery c in input.request.categories {\n\t\tc in opened or c in data.categories.tagged\n\t}\n}")
	w.metadata("Some of it is asked for", "At least one of the categories that the answer could hold.", false)
	w.ruleln("some_of_it if {\n\tsome c in input.request.categories\n\tc in opened\n}")
	w.test("it_permits", "%s.permit == %s with input as asked", a.Name, holds)
	w.test("it_permits_to_read_one_item", "%s.permit == %s with input as object.union(asked, {\"request\": {\"interaction\": \"read\"}})", a.Name, holds)
	w.test("what_it_opens", "%[1]s.plan == {{\"categories\": %[1]s.opened, \"labels\": data.labels.normal}} with input as asked", a.Name)
	refuses("nothing_but_viewing", `{"request": {"action": "withdraw"}}`)
	refuses("nobody_who_is_not_treating_the_patient", `{"subject": {"organisation": "RXB02"}}`)
	refuses("nothing_else", fmt.Sprintf(`{"request": {"categories": [%q]}}`, otherCategory))
	refuses("nothing_more", fmt.Sprintf(`{"request": {"categories": [%q, %q]}}`, w.category, otherCategory))
}
