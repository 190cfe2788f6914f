package mutants

import (
	"fmt"
	"maps"
	"slices"
)

const (
	categoriesFile = "data/categories.json"
	sensitiveFile  = "data/sensitive_codes.json"
	codesFolder    = "data/codes/"
)

// listsOf makes the mutants of what places entries in categories and marks them
// as sensitive. Code lists are long, published elsewhere and counted in thousands:
// each is taken away as a whole, where it is named and what it holds; never code by
// code.
func listsOf(texts map[string]string, docs map[string]any) []Mutant {
	var out []Mutant
	categories, _ := docs[nameOf(categoriesFile)].(map[string]any)
	rules, _ := categories["rules"].([]any)
	for i, r := range rules {
		was := describeRule(r)
		out = append(out, Mutant{
			Operator: classRuleRemoved, File: categoriesFile, Line: lineOf(texts[categoriesFile], `"class"`, i), Rule: "rules",
			Was: was, text: encoded(with(categories, "rules", slices.Delete(slices.Clone(rules), i, i+1))),
		})
		rule, _ := r.(map[string]any)
		for _, field := range []string{"code", "specialty"} {
			named, _ := rule[field].([]any)
			for j, name := range named {
				if s, _ := name.(string); len(s) > 1 && s[0] == '@' {
					now := slices.Clone(rules)
					now[i] = with(rule, field, slices.Delete(slices.Clone(named), j, j+1))
					out = append(out, Mutant{
						Operator: codeListRemoved, File: categoriesFile, Line: lineOf(texts[categoriesFile], `"class"`, i), Rule: "rules",
						Was: s + " in " + was, text: encoded(with(categories, "rules", now)),
					})
				}
			}
		}
	}
	sensitive, _ := docs[nameOf(sensitiveFile)].(map[string]any)
	named, _ := sensitive["lists"].([]any)
	for i, name := range named {
		out = append(out, Mutant{
			Operator: codeListRemoved, File: sensitiveFile, Line: lineOf(texts[sensitiveFile], fmt.Sprintf("%q", name), 0), Rule: "lists",
			Was: fmt.Sprint(name), text: encoded(with(sensitive, "lists", slices.Delete(slices.Clone(named), i, i+1))),
		})
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		if len(file) <= len(codesFolder) || file[:len(codesFolder)] != codesFolder {
			continue
		}
		if doc, err := decoded(texts[file]); err == nil {
			out = append(out, Mutant{
				Operator: codeListRemoved, File: file, Line: lineOf(texts[file], `"codes"`, 0), Rule: "codes",
				Was: "every code of it", text: encoded(with(doc, "codes", map[string]any{})),
			})
		}
	}
	return out
}

// describeRule says a rule of categories.json in a line.
func describeRule(r any) string {
	rule, _ := r.(map[string]any)
	out := ""
	for _, field := range []string{"type", "category", "category_text", "specialty", "code", "has"} {
		if v := rule[field]; v != nil {
			out += fmt.Sprintf("%s %v ", field, v)
		}
	}
	const most = 120
	if len(out) > most {
		out = out[:most] + "... "
	}
	return out + "-> " + fmt.Sprint(rule["class"])
}

// lineOf is the line of the nth occurrence, from 0.
func lineOf(text, what string, nth int) int {
	line := 1
	for i := 0; i+len(what) <= len(text); i++ {
		if text[i] == '\n' {
			line++
		}
		if text[i:i+len(what)] == what {
			if nth == 0 {
				return line
			}
			nth--
		}
	}
	return line
}
