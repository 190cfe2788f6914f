package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	categoriesFile = "data/categories.json"
	labelsFile     = "data/labels.json"
)

// categoriesList is what is looked at of data/categories.json.
type categoriesList struct {
	Tagged  []string         `json:"tagged"`
	Systems map[string]texts `json:"systems"`
	Rules   []map[string]any `json:"rules"`
}

// texts is one text, or a list of them.
type texts []string

func (t *texts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// keptCategories: what the program came with still tells a code system, and what is to be
// withheld from some. An address with a slip in it is no fault to anybody who reads the list:
// codes of that system are merely sensitive no longer.
func (c *checker) keptCategories() {
	var was, is categoriesList
	if c.givenUp[categoriesFile] || c.toldIn(categoriesFile) ||
		json.Unmarshal([]byte(shipped()[categoriesFile]), &was) != nil || json.Unmarshal([]byte(c.text[categoriesFile]), &is) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(was.Systems)) {
		for _, address := range was.Systems[name] {
			if is.Systems[name] != nil && !slices.Contains(is.Systems[name], address) {
				f := c.at(categoriesFile, "systems", name)
				f.What = fmt.Sprintf("%q is gone from the addresses of %s: codes that a source writes under it are not known any more, sensitive ones among them", address, name)
				f.Do = "put it back beside the others"
				c.add(f)
			}
		}
	}
	there := map[string]bool{}
	for _, rule := range is.Rules {
		for _, sign := range signsOf(rule) {
			there[sign] = true
		}
	}
	told := map[string]bool{}
	for _, rule := range was.Rules {
		class := fmt.Sprint(rule["class"])
		for _, sign := range signsOf(rule) {
			if slices.Contains(was.Tagged, class) && !there[sign] && !told[class] {
				told[class] = true
				f := c.at(categoriesFile, "rules")
				f.What = fmt.Sprintf("nothing puts %s any more, as a rule did that came with this program: it would be shown as something else", sign)
				f.Do = "put the rule back, or write into " + givenUpFile + " who gives " + categoriesFile + " up, when and why"
				c.add(f)
			}
		}
	}
}

// signsOf are the single things that a rule asks for: each type with each sign.
func signsOf(rule map[string]any) (out []string) {
	list := func(v any) []string {
		switch v := v.(type) {
		case string:
			return []string{v}
		case []any:
			var out []string
			for _, one := range v {
				out = append(out, fmt.Sprint(one))
			}
			return out
		}
		return nil
	}
	for _, typ := range list(rule["type"]) {
		for _, field := range []string{"category", "category_text", "specialty", "code", "has"} {
			for _, sign := range list(rule[field]) {
				name, _, _ := strings.Cut(sign, " (") // what is in brackets is for the reader
				out = append(out, fmt.Sprintf("a %s of %s %s into %s", typ, field, strconv.Quote(name), rule["class"]))
			}
		}
	}
	return out
}

// telling are the data types of FHIR that say where somebody is, or hold any words.
var telling = []string{"Address", "ContactPoint", "ContactDetail", "Attachment", "Annotation", "Narrative", "Signature", "string", "markdown", "xhtml", "base64Binary", "uri", "url", "canonical"}

// keptHidden: keep(...) of a whole data type that tells where a protected patient lives takes
// back what the list is for.
func (c *checker) keptHidden() {
	doc, _ := c.data["labels"].(map[string]any)
	masks, _ := doc["masks"].([]any)
	if c.givenUp[labelsFile] || c.toldIn(labelsFile) {
		return
	}
	for i, mask := range masks {
		inner, keep := strings.CutPrefix(fmt.Sprint(mask), "keep(")
		typ, _, _ := strings.Cut(strings.TrimSuffix(inner, ")"), ".")
		if keep && slices.Contains(telling, typ) {
			f := c.at(labelsFile, "masks", strconv.Itoa(i))
			f.What = fmt.Sprintf("%s would show every %s of a patient whose whereabouts are protected", mask, typ)
			f.Do = "name the one element that may stay, such as keep(Condition.code.text), or write into " + givenUpFile + " who gives " + labelsFile + " up, when and why"
			c.add(f)
			return
		}
	}
}
