package rego_test

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Ordinary snippets, of the kinds that OPA's documentation shows and that people write.
// Those marked "was" were decided otherwise by the machine once.
var snippets = map[string]string{
	"was: data by a number whose key is a text":  `outcome := data.shop.hours.closed[input.hour]`,
	"was: data by a number, denied or not":       `outcome := "denied" if data.shop.hours.closed[input.hour] == "no"`,
	"was: data by the text of an index":          `outcome := data.shop.lists.few["1"]`,
	"was: data by a decimal":                     `outcome := data.shop.hours.closed[1.0]`,
	"data by a truth":                            `outcome := data.shop.hours.closed[true]`,
	"data by a name, which is no path":           "outcome := x if {\n\thours := data.shop.hours.closed\n\tx := hours[10]\n}",
	"data by a name, with the text":              "outcome := x if {\n\thours := data.shop.hours.closed\n\tx := hours[\"10\"]\n}",
	"data as it is gone through":                 `outcome := {k | some k, v in data.shop.hours.closed; data.shop.hours.open[k]}`,
	"data by each number of a list":              `outcome := [v | some h in [1, 10, 11]; v := data.shop.hours.closed[h]]`,
	"data taken apart by a number":               `outcome := x if {1: x} = data.shop.one`,
	"input by a number whose key is a text":      `outcome := input.tree[10]`,
	"input by the text of an index":              `outcome := input.list["1"]`,
	"was: not of a body, in a loop":              `outcome := {x.a | some x in data.shop.pairs; not { some y in x.a; y == 1 }}`,
	"was: not of a body, in two rules":           "outcome contains 1 if not { some x in [1]; x == 1 }\n\noutcome contains 2 if not { some x in [1]; x == 2 }",
	"was: not of a rule by a name":               "outcome := 1 if not { r[input.word] }\n\nr.a.b[x] := 1 if some x in [1]\n\nr.made.b.c[x] := 1 if some x in input.sets",
	"was: an index that is written as a decimal": "outcome := [10, 20][i] if i := [1.0, 2][_]",
	"was: a number as it is written":             `outcome := sprintf("%v %v %v", [input.n, 1.0, -0])`,
	"was: a comprehension as a condition":        "outcome := 1 if {\n\t{x: y | some x in [1, 1]; some y in [1, 2]}\n}",
	"was: rules under a number":                  "outcome := tree\n\ntree.a[0].b := 1 if input.nothing\n\ntree.a.c.d := 1 if input.nothing",
	"was: a function among the rules":            "outcome := {name | some name; data.mcr.functions[name]}",
	"every, some and not":                        "outcome := 1 if {\n\tevery x in [1, 2] { some y in [2, 3]; y > x }\n}",
	"every over none":                            `outcome := 1 if every x in input.sets { x == 1 }`,
	"every over what is no list":                 `outcome := 1 if every x in "text" { x == 1 }`,
	"every with keys":                            `outcome := 1 if every k, v in input.tree { k != v }`,
	"text is not gone through":                   `outcome := {x | some x in input.word}`,
	"one and one point nought":                   `outcome := [1 == 1.0, {1, 1.0}, {1: "a"}[1.0], 1.0 in [1], [1] == [1.0]]`,
	"large numbers":                              `outcome := [12345678901234567890 > 1, 12345678901234567890 == 12345678901234567891, 9223372036854775807 + 1]`,
	"numbers and texts in order":                 `outcome := [1 < "1", "10" < "9", 10 < 9, null < false, true < 0, "a" < [], [] < {}, {} < set()]`,
	"set of sets":                                `outcome := {{1, 2}, {2, 1}, {{3}, set()}}`,
	"a set in a set":                             `outcome := {2, 1} in {{1, 2}, {3}}`,
	"objects as keys":                            `outcome := {{"b": 1, "a": 2}: 1}[{"a": 2, "b": 1}]`,
	"order of keys":                              `outcome := [k | some k, _ in {"b": 1, 2: 1, "a": 1, null: 1, [1]: 1, true: 1}]`,
	"undefined in a list":                        `outcome := [1, input.nothing]`,
	"undefined in a comprehension":               `outcome := [x | x := input.nothing]`,
	"undefined in an object":                     `outcome := {"a": input.nothing}`,
	"not of undefined":                           `outcome := 1 if not input.nothing.more`,
	"false is not undefined":                     "outcome := [a, b] if {\n\ta := input.a == false\n\tb := false\n}",
	"two values of one rule":                     "outcome := 1 if input.n\n\noutcome := 2 if input.hour",
	"two values of one key":                      "outcome[\"a\"] := x if some x in [1, 2]",
	"one value twice":                            "outcome := 1 if input.n\n\noutcome := 1.0 if input.hour",
	"else":                                       "outcome := 1 if input.n == 7\n\nelse := 2 if input.n == 10\n\nelse := 3",
	"default":                                    "default outcome := \"none\"\n\noutcome := 1 if input.n == 7",
	"default of a function":                      "outcome := [f(1), f(7)]\n\ndefault f(_) := \"none\"\n\nf(x) := \"one\" if x == 1",
	"function by patterns":                       "outcome := [f([1, 2]), f({\"a\": 3})]\n\nf([x, _]) := x\n\nf({\"a\": x}) := x",
	"function with a value for an argument":      "outcome := {f(1), f(\"a\")}\n\nf(1) := \"one\"\n\nf(\"a\") := \"letter\"",
	"function that gives two values":             "outcome := f(1)\n\nf(x) := 1 if x\n\nf(x) := 2 if x",
	"function that is undefined":                 "outcome := [x | some y in [1, 2]; x := f(y)]\n\nf(x) := x if x > 1",
	"rule as a document":                         "outcome := data.mcr.other",
	"rules by a known name":                      "outcome := data.mcr.other[input.name]",
	"rules by name, deeper":                      `outcome := {name: v | some name; v := data.mcr.other[name].a}`,
	"rules by name, some of which have it":       "outcome := {name: v | some name; v := data.mcr.other[name].a; v != 7}",
	"rules by name, none of which has it":        `outcome := {name: v | some name; v := data.mcr.other[name].zz}`,
	"rules by name, none of which has it, or 1":  "outcome := x if x := data.mcr.other[_].zz\n\nelse := 1",
	"rules by name, not one of which has it":     "outcome := 1 if not { some name; data.mcr.other[name].zz }",
	"rules by name, in a loop":                   "outcome := [[x, name] | some x in [1, 2]; some name; data.mcr.other[name].a]",
	"a rule's path that leads nowhere":           "outcome := 1 if not data.mcr.other.zz.a",
	"data that is not there, in a set":           "outcome := {x | some x in [1, 2]; data.nothing[x]}",
	"data that is not there, behind a value":     "outcome := [a, b] if {\n\ta := {x | x := data.shop.limit}\n\tb := {x | x := data.nothing}\n}",
	"base and virtual document":                  "outcome := data.mcr.made",
	"objects in objects":                         "outcome := t\n\nt.a[x] := 1 if some x in [1, \"a\"]\n\nt.b contains 1\n\nt.c.d := {\"e\": 1}",
	"a set that two rules would add to":          "outcome := [t, s]\n\nt.a[y] := s if some y in [\"b\"]\n\nt[x].b contains 7 if some x in [\"a\"]\n\ns contains 1",
	"a set under an object's name":               "outcome := t\n\nt.a.b.c contains 1\n\nt.a[x] contains 2 if some x in [\"b\"]",
	"a key under a scalar's name":                "outcome := t\n\nt.a.b.c := 1\n\nt.a[x].d := 2 if some x in [\"b\", \"e\"]",
	"sets in objects":                            "outcome := t\n\nt[x] contains y if { some x in [\"a\", \"b\"]; some y in [1, 2] }",
	"with on input":                              "outcome := [a, b] if {\n\ta := r with input.n as 7\n\tb := r\n}\n\nr := input.n",
	"with, and what was known before":            "outcome := [a, b, c] if {\n\ta := r\n\tb := r with input.n as 7\n\tc := r\n}\n\nr := input.n",
	"with in with":                               "outcome := v if v := r with input.n as 7\n\nr := [x, input.n] if x := q with input.n as 8\n\nq := input.n",
	"with on the whole input":                    "outcome := v if v := r with input as {\"n\": 3}\n\nr := input",
	"with on a path that is not there":           "outcome := v if v := r with input.a.b.c as 1\n\nr := input.a",
	"with on a path that is no object":           "outcome := v if v := r with input.n.x as 1\n\nr := input.n",
	"with on data":                               "outcome := v if v := r with data.shop.limit as 7\n\nr := [data.shop.limit, data.shop[\"limit\"]]",
	"with on data, an object over another":       "outcome := v if v := [r, s] with data.shop.hours as {\"open\": {}}\n\nr := data.shop\n\ns := data.shop.hours",
	"with on data, by the text of an index":      "outcome := v if v := data.shop.lists.few[\"1\"] with data.shop.limit as 7",
	"with on data, data in another place":        "outcome := v if v := data.shop.limit[\"1\"] with data.shop.limit as data.shop.lists.few",
	"with on a rule":                             "outcome := v if v := r with data.mcr.decision.q as 7\n\nr := q\n\nq := 1",
	"with on a function":                         "outcome := v if v := r with f as 7\n\nr := f(1)\n\nf(x) := x",
	"with on a built-in":                         "outcome := v if v := r with count as g\n\nr := count([1])\n\ng(_) := 5",
	"with in a loop":                             "outcome := {x: y | some x in [1, 2, 3]; y := r with input.n as x}\n\nr := input.n * 2",
	"with under not":                             "outcome := 1 if not r with input.n as 7\n\nr if input.n == 10",
	"with in every":                              "outcome := 1 if every x in [1, 2] { r with input.n as x }\n\nr if input.n < 3",
	"with of what is undefined":                  "outcome := v if v := r with input.n as input.nothing\n\nr := 1",
	"walk":                                       `outcome := [[p, v] | walk(input.tree, [p, v])]`,
	"walk, values alone":                         `outcome := {v | walk(input, [_, v]); is_number(v)}`,
	"walk by a path":                             `outcome := {v | walk(input.tree, [["a"], v])}`,
	"walk as a condition":                        `outcome := 1 if walk(input, [["n"], 10])`,
	"members of a long list":                     `outcome := [x | some x in ["a", "z", 2, 10, [1, 2], {"a": 1}, 2.50]; x in data.shop.lists.many]`,
	"members of a long list of the input":        `outcome := [x | some x in [1, "1", 17.0, [1.0], {"a": 1}]; x in input.list]`,
	"a long set that is built":                   `outcome := count({y | some x in numbers.range(1, 500); y := x % 100})`,
	"a long set, gone through and asked":         "outcome := [x | some x in s; x + 1 in s; not x + 2 in s]\n\ns := {y | some x in numbers.range(1, 40); y := x * x} | {2, 5}",
	"a long object that is built":                "outcome := [o[7], o[39.0], object.get(o, \"x\", 0)]\n\no := {x: y | some x in numbers.range(1, 40); y := x * x}",
	"values of an object":                        `outcome := [1 in {"a": 1}, 2 in {"a": 1}] if 0, 5 in [5]`,
	"unpacking":                                  `outcome := [a, b] if [a, {"k": b}] := [1, {"k": 2}]`,
	"unpacking what does not fit":                `outcome := a if [a, _] := input.sets`,
	"or and and":                                 "outcome := 1 if { input.nothing or input.n == 10 and input.word == \"made\" }",
	"arithmetic":                                 `outcome := [7 % 3, -7 % 3, 7 / 2, 6 / 2, 0.1 + 0.2, 3 - 5, 2 * 3.0, 1e3 + 1]`,
	"dividing by nought":                         `outcome := 1 / input.nought`,
	"a conversion that fails":                    `outcome := to_number(input.word)`,
	"a failure that is not reached":              "outcome := 1 if input.n\n\noutcome := 1 if to_number(input.word) > 1",
	"texts":                                      `outcome := [concat(",", {"b", "a"}), split("a,b", ","), substring("abc", 1, 1), contains("abc", "b"), sprintf("%d %s", [1, "x"])]`,
	"lists":                                      `outcome := [array.concat([1], [2]), array.slice([1, 2, 3], 1, 2), sort([3, "a", 1]), sum([1, 2.5]), max([1, 3]), min(set())]`,
	"sets":                                       `outcome := [{1, 2} & {2}, {1} | {2}, {1, 2} - {1}, union({{1}, {2}}), intersection({{1, 2}, {2}})]`,
	"objects":                                    `outcome := [object.get({"a": 1}, "b", 2), object.keys({"a": 1}), object.union({"a": {"b": 1}}, {"a": {"c": 2}}), object.remove({"a": 1, "b": 2}, ["a"]), object.filter({"a": 1}, ["a"])]`,
	"json and types":                             `outcome := [json.marshal({"b": [1.0, 1]}), json.unmarshal("{\"a\": 1.0}"), type_name(null), is_set(set())]`,
	"regular expressions and globs":              `outcome := [regex.match("^a.c$", "abc"), glob.match("a*", [], "abc"), regex.replace("abc", "b", "x")]`,
	"times":                                      `outcome := [time.parse_rfc3339_ns("2026-03-02T10:00:00Z"), time.weekday(0), time.add_date(0, 1, 0, 0)]`,
	"counting":                                   `outcome := [count("äb"), count([1]), count({"a": 1}), count(set())]`,
	"graphs":                                     `outcome := graph.reachable({"a": ["b"], "b": []}, {"a"})`,
	"bits and units":                             `outcome := [bits.and(6, 3), units.parse_bytes("1KB"), format_int(10, 16)]`,
}

const otherModule = `package mcr.other

import rego.v2

r0 := {"a": 1}

r1.a := 2

r2 contains "a"

r3 := false

deeper.a contains input.n
`

const functions = "package mcr.functions\n\nf(x) := sprintf(\"%v\", [x])\n\ng := 1\n"

func TestMachineAgreesOnOrdinarySnippets(t *testing.T) {
	ran := map[string]int{}
	for name, text := range snippets {
		texts := map[string]string{"decision.rego": "package mcr.decision\n\nimport rego.v2\n\n" + text + "\n", "other.rego": otherModule, "functions.rego": functions}
		p, err := prepare(t.Context(), texts, value(t, shop).(map[string]any))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, text := range inputs {
			how := "falls back"
			if p.planned != nil {
				how = p.agree(t, name, ast.MustInterfaceToValue(value(t, text)))
			}
			if want := leftToOPA[name]; how != "same value" && how != "both fail" && how != want {
				t.Errorf("%s: %s; want %q", name, how, want)
			}
			ran[how]++
		}
	}
	t.Log(len(snippets), ran)
}

// leftToOPA are the snippets that the machine does not decide, and how that shows.
var leftToOPA = map[string]string{
	"one value twice":                      "same value, written otherwise",
	"a failure that is not reached":        "the machine fails, OPA is asked",
	"was: rules under a number":            "falls back",
	"was: a comprehension as a condition":  "falls back",
	"was: a function among the rules":      "falls back",
	"two values of one key":                "falls back",
	"with on data, an object over another": "left to OPA when it runs",
	"a set that two rules would add to":    "left to OPA when it runs",
	"a set under an object's name":         "left to OPA when it runs",
	"with on data, data in another place":  "left to OPA when it runs",
}

// Without rego.v2 the plan of not does not say whether what a name leads to held.
func TestNotWithoutRegoV2IsLeftToOPA(t *testing.T) {
	texts := map[string]string{"d.rego": `package mcr.decision

outcome := 1 if not r[input.word]

r.a.b[x] := 1 if some x in [1]

r.c.d[x] := 1 if some x in input.sets
`}
	p, err := prepare(t.Context(), texts, map[string]any{})
	if err != nil || p.planned != nil {
		t.Fatal("the machine claims to know this:", err)
	}
}
