package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/policies"
)

// schema is schema/input.json as far as rules are held against it. Beside what
// JSON Schema says, x-unit says in what a number is counted, x-values which words
// there are of a text that may hold others, and x-values-from where they stand.
type schema struct {
	Type       string             `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	Enum       []string           `json:"enum"`
	Pattern    string             `json:"pattern"`
	Unit       string             `json:"x-unit"`
	Values     []string           `json:"x-values"`
	ValuesFrom string             `json:"x-values-from"`
}

// at follows a path; "*" is any element.
func (s *schema) at(path []string) *schema {
	for _, name := range path {
		if s == nil {
			return nil
		}
		if s.Type == "array" {
			s = s.Items
			continue
		}
		s = s.Properties[name]
	}
	return s
}

const schemaPath = "schema/input.json"

// readSchema reads the folder's schema and holds it against what this program
// supplies: a field that nothing supplies is undefined for ever, and whoever reads
// the rule does not see it.
func (c *checker) readSchema() {
	if c.json[schemaPath] == nil {
		return
	}
	here, there := new(schema), new(schema)
	builtIn, err := policies.FS.ReadFile(schemaPath)
	if err == nil {
		err = json.Unmarshal(builtIn, there)
	}
	if err == nil {
		err = json.Unmarshal([]byte(c.text[schemaPath]), here)
	}
	if err != nil {
		c.add(fault.In(schemaPath, "put back the file that came with this program", "the schema cannot be read: %v", err))
		return
	}
	before := len(c.faults)
	c.compareSchema(here, there, nil, nil)
	if len(c.faults) == before {
		c.schema = here
	}
}

// compareSchema walks both. name is how a rule writes it, path where it stands.
func (c *checker) compareSchema(here, there *schema, name, path []string) {
	say := func(do, what string, args ...any) {
		f := c.at(schemaPath, path...)
		f.What, f.Do = fmt.Sprintf(what, args...), do
		c.add(f)
	}
	written := strings.Join(append([]string{"input"}, name...), ".")
	if here.Type != there.Type || here.Pattern != there.Pattern || here.Unit != there.Unit || here.ValuesFrom != there.ValuesFrom ||
		!slices.Equal(here.Enum, there.Enum) || !slices.Equal(here.Values, there.Values) {
		say("put back what came with this program: the schema tells what the program supplies, and does not change it",
			"%s is told otherwise than this program supplies it", written)
		return
	}
	for _, field := range slices.Sorted(maps.Keys(here.Properties)) {
		below := slices.Concat(path, []string{"properties", field})
		if there.Properties[field] == nil {
			f := c.at(schemaPath, below...)
			f.What = fmt.Sprintf("nothing supplies %s.%s: a rule that reads it would never hold", written, field)
			f.Do = "take it out of the schema" + fault.Meant(field, slices.Sorted(maps.Keys(there.Properties)))
			c.add(f)
			continue
		}
		c.compareSchema(here.Properties[field], there.Properties[field], slices.Concat(name, []string{field}), below)
	}
	for _, field := range slices.Sorted(maps.Keys(there.Properties)) {
		if here.Properties[field] == nil && !slices.ContainsFunc(slices.Sorted(maps.Keys(here.Properties)), func(f string) bool {
			return there.Properties[f] == nil && fault.Nearest(f, []string{field}) != "" // misspelt, and told
		}) {
			say("put it back as it came with this program", "%s.%s is missing, though this program supplies it", written, field)
		}
	}
	if here.Items != nil && there.Items != nil {
		c.compareSchema(here.Items, there.Items, name, slices.Concat(path, []string{"items"}))
	} else if (here.Items == nil) != (there.Items == nil) {
		say("put back what came with this program", "%s says otherwise what its elements are", written)
	}
}
