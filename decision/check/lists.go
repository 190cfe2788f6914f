package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// everyday are the labels that an everyday entry may carry. Any other label of
// these code systems says that an entry is sensitive, and what it marks would be
// released with everything else.
var everyday = map[string][]string{
	"http://terminology.hl7.org/CodeSystem/v3-Confidentiality":  {"U", "L", "M", "N"},
	"http://terminology.hl7.org/CodeSystem/v3-ActReason":        {"HTEST"},
	"http://terminology.hl7.org/CodeSystem/v3-ObservationValue": {"SUBSETTED"},
	"http://terminology.hl7.org/CodeSystem/v3-ActCode":          {},
	"https://mycarerecord.example/fhir/CodeSystem/label":        {},
}

// content looks at what the lists say.
func (c *checker) content() {
	c.normalLabels()
	c.roles()
	c.withheldRoles()
	c.edges()
	c.addresses()
	c.typesOfRules()
	c.rankOfReasons()
}

func (c *checker) sayData(file, do, what string, path ...string) {
	f := c.at(file, path...)
	f.What, f.Do = what, do
	c.add(f)
}

func (c *checker) normalLabels() {
	const file = "data/labels.json"
	root := c.json[file]
	if root == nil {
		return
	}
	for i, child := range root.find("normal").children {
		label, _ := child.value.(string)
		system, code, _ := strings.Cut(label, "|")
		if codes, known := everyday[system]; known && !slices.Contains(codes, code) {
			c.sayData(file, "take it out of normal: an entry that carries it needs a permission for sensitive items",
				fmt.Sprintf("%q marks sensitive information, and normal would release it with everything else", label), "normal", strconv.Itoa(i))
		}
	}
}

// roles: of the roles on the lists each is one that there is.
func (c *checker) roles() {
	const file = "data/roles.json"
	root := c.json[file]
	if root == nil {
		return
	}
	for _, list := range []string{"names", "emergency", "never_elsewhere"} {
		for i, code := range root.find(list).names {
			if root.child(list) == nil {
				continue
			}
			role, err := nhs.ParseRoleCode(code)
			name := role.Name()
			told, _ := root.find(list).children[i].value.(string)
			switch {
			case err != nil || role.String() != code:
				do := "write R and four digits, such as R8010"
				if n, err := strconv.Atoi(strings.TrimLeft(strings.ToUpper(code), "RO ")); err == nil {
					do = fmt.Sprintf("write \"R%04d\", if that is meant: spreadsheets drop leading zeros", n)
				}
				c.sayData(file, do, fmt.Sprintf("%q is no job role code", code), list, code)
			case list != "names" && name == "" && c.roleName(code) == "":
				c.sayData(file, "look the role up; one of your region's own must stand in names too", fmt.Sprintf("%q is no job role of NHS England's list: nobody has it", code), list, code)
			case list == "never_elsewhere" && name != "" && told != "" && fault.Nearest(told, []string{name}) == "" && !strings.Contains(strings.ToLower(name), strings.ToLower(told)) && !strings.Contains(strings.ToLower(told), strings.ToLower(name)):
				c.sayData(file, "look up which is meant, the code or the name", fmt.Sprintf("%s is %q in NHS England's list, and is called %q here", code, name, told), list, code)
			}
		}
	}
}

// withheldRoles: what is kept from a role is kept from one that there is.
func (c *checker) withheldRoles() {
	const file = "data/settings.json"
	root := c.json[file]
	if root == nil || root.child("withheld") == nil || root.child("withheld").child("from_roles") == nil {
		return
	}
	for _, code := range root.find("withheld").find("from_roles").names {
		if role, err := nhs.ParseRoleCode(code); err == nil && role.String() == code && role.Name() == "" && c.roleName(code) == "" {
			c.sayData(file, "look the role up; one of your region's own must stand in names of data/roles.json",
				fmt.Sprintf("%q is no job role of NHS England's list: nobody has it", code), "withheld", "from_roles", code)
		}
	}
}

// edges finds blanks at the ends of texts and of names: they compare as other texts.
func (c *checker) edges() {
	for _, file := range slices.Sorted(maps.Keys(c.json)) {
		if kindOf(file) == dataFile || kindOf(file) == codeListFile {
			c.edgesBelow(file, c.json[file])
		}
	}
}

func (c *checker) edgesBelow(file string, b *branch) {
	say := func(at *branch, text string) {
		line, column := lineColumn(c.text[file], at.at)
		c.add(fault.Fault{File: file, Line: line, Column: column, What: fmt.Sprintf("%q begins or ends with a blank", text), Do: "take the blank out: with it, it is another text"})
	}
	if s, ok := b.value.(string); ok && strings.TrimSpace(s) != s {
		say(b, s)
	}
	for i, child := range b.children {
		if b.names != nil && strings.TrimSpace(b.names[i]) != b.names[i] {
			say(child, b.names[i])
			continue
		}
		c.edgesBelow(file, child)
	}
}

// first are reasons of which the one must be told before the others: what a patient
// has said, and what asking the patient would not change, before what asking would.
var first = map[string][]string{
	"opted-out":                     {"permission-needed", "no-active-care-relationship", "permission-expired"},
	"no-active-care-relationship":   {"permission-needed", "permission-expired", "permission-withdrawn"},
	"permission-refused-by-patient": {"permission-needed", "category-not-routine", "category-not-ordered"},
	"permission-withdrawn":          {"permission-needed", "category-not-routine", "category-not-ordered"},
}

// rankOfReasons: the order of reasons.json is the order in which they are told.
func (c *checker) rankOfReasons() {
	const file = "data/reasons.json"
	codes := c.reasonCodes()
	for _, before := range slices.Sorted(maps.Keys(first)) {
		for _, after := range first[before] {
			a, b := slices.Index(codes, before), slices.Index(codes, after)
			if a >= 0 && b >= 0 && a > b {
				c.sayData(file, fmt.Sprintf("move %q up: the order of this file is the order in which reasons are told", before),
					fmt.Sprintf("%q stands before %q, so that a professional would be told the wrong thing first", after, before), "reasons", strconv.Itoa(b), "code")
				return
			}
		}
	}
}

// addresses: what names a code system is its address to the letter.
func (c *checker) addresses() {
	const file = "data/categories.json"
	root := c.json[file]
	if root == nil || root.child("systems") == nil {
		return
	}
	systems := root.find("systems")
	for i, name := range systems.names {
		all := systems.children[i].children
		if s, ok := systems.children[i].value.(string); ok {
			all = []*branch{{value: s, at: systems.children[i].at}}
		}
		for _, b := range all {
			address, _ := b.value.(string)
			f := fault.Fault{File: file}
			f.Line, f.Column = lineColumn(c.text[file], b.at)
			switch bare := strings.TrimSuffix(address, "/"); {
			case !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "urn:"):
				f.What, f.Do = fmt.Sprintf("%q is no address of a code system: no source writes it", address), "write it as it is published: http://..., https://... or urn:..."
			case bare != address && !slices.ContainsFunc(all, func(b *branch) bool { return b.value == bare }):
				f.What, f.Do = fmt.Sprintf("the address of %s ends with a slash: to sources that write it without one it is another system", name), fmt.Sprintf("write %q", bare)
			default:
				continue
			}
			c.add(f)
		}
	}
}

// masks: every mask that is written down in a list names what FHIR has.
func (c *checker) masks() {
	for _, file := range slices.Sorted(maps.Keys(c.json)) {
		if kindOf(file) == dataFile {
			c.masksBelow(file, c.json[file])
		}
	}
}

// rulesMasks: likewise where a rule writes one out.
func (c *checker) rulesMasks() {
	for _, file := range c.rules() {
		for _, r := range c.modules[file].Rules {
			if nameOf(r) != plans || r.Head.Key == nil {
				continue
			}
			o, ok := r.Head.Key.Value.(ast.Object)
			if !ok || o.Get(ast.StringTerm("masks")) == nil {
				continue
			}
			ast.WalkTerms(o.Get(ast.StringTerm("masks")), func(t *ast.Term) bool {
				if _, ref := t.Value.(ast.Ref); ref {
					return true
				}
				if s, ok := t.Value.(ast.String); ok && fhir.CheckMask(string(s)) != nil {
					c.sayAt(file, t.Location, maskHelp, "%s: it would hide nothing", maskFault(string(s)))
				}
				return false
			})
		}
	}
}

const maskHelp = "look the element up in FHIR R4; a mask is Type.element, *.element, Element.name or keep(Type.element)"

func maskFault(mask string) string {
	err := fhir.CheckMask(mask)
	_, why, _ := strings.Cut(err.Error(), ": not a mask: ")
	return fmt.Sprintf("%q is not a mask: %s", mask, why)
}

func (c *checker) masksBelow(file string, b *branch) {
	for i, child := range b.children {
		if b.names == nil || b.names[i] != "masks" {
			c.masksBelow(file, child)
			continue
		}
		for _, m := range child.children {
			if s, ok := m.value.(string); ok && fhir.CheckMask(s) != nil {
				line, column := lineColumn(c.text[file], m.at)
				c.add(fault.Fault{File: file, Line: line, Column: column, What: maskFault(s) + ": it would hide nothing", Do: maskHelp})
			}
		}
	}
}

// typesOfRules: a rule of categories.json is about types that are ever released.
func (c *checker) typesOfRules() {
	const file = "data/categories.json"
	root := c.json[file]
	if root == nil || root.child("rules") == nil {
		return
	}
	for _, rule := range root.find("rules").children {
		types := rule.find("type")
		all := types.children
		if s, ok := types.value.(string); ok {
			all = []*branch{{value: s, at: types.at}}
		}
		for _, b := range all {
			if typ, _ := b.value.(string); fhir.OfferedType(typ) == "other" {
				line, column := lineColumn(c.text[file], b.at)
				c.add(fault.Fault{File: file, Line: line, Column: column, What: fmt.Sprintf("%q is no FHIR type that is ever served", typ), Do: "write a type as FHIR does, such as CarePlan"})
			}
		}
	}
}
