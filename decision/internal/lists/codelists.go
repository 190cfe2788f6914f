package lists

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/fhir"
)

// codeList is one file of data/codes: codes of one system that belong together,
// from a published source. Rules of categories.json name it as "@list".
type codeList struct {
	Title   string   `json:"title"`
	Source  string   `json:"source"`  // who published it, and where
	Edition string   `json:"edition"` // which edition of it
	System  string   `json:"system"`  // short name, one of systems in categories.json
	Codes   displays `json:"codes"`
}

// displays are codes with what each means, in the order of the file.
type displays []code

// UnmarshalJSON reads {"code": "display"}. A code that is there twice is refused:
// of two displays one is wrong.
func (d *displays) UnmarshalJSON(text []byte) error {
	in := json.NewDecoder(bytes.NewReader(text))
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return errors.New(`codes must be {"code": "what it means"}`)
	}
	seen := map[string]bool{}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return err
		}
		c := code{Code: name.(string)} // a member's name is a string, or Token fails
		if err := in.Decode(&c.Display); err != nil {
			return err
		}
		switch {
		case c.Code == "" || strings.ContainsAny(c.Code, "|* \t"):
			return fault.At([]string{"codes", c.Code}, "write the code alone, without blanks", "%q is no code", c.Code)
		case c.Display == "":
			return fault.At([]string{"codes", c.Code}, "write its words: a code alone tells its readers nothing", "code %s: say what it means", c.Code)
		case seen[c.Code]:
			return fault.At([]string{"codes", c.Code}, "keep one", "code %s is there twice", c.Code)
		}
		seen[c.Code] = true
		*d = append(*d, c)
	}
	return nil
}

// readCodeList reads one file of data/codes.
func readCodeList(file, text string) (name string, l codeList, err error) {
	name = strings.TrimSuffix(path.Base(file), ".json")
	if err := strictJSON(text, &l); err != nil {
		return name, l, err
	}
	var faults []error
	if !codeForm.MatchString(name) {
		faults = append(faults, fault.At(nil, "call it "+strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "_", "-"), " ", "-"))+".json", "the file's name must be kebab-case, such as vital-signs-loinc.json"))
	}
	for _, one := range []struct {
		name string
		ok   bool
	}{{"title", l.Title != ""}, {"source", len(l.Source) >= 20}, {"edition", l.Edition != ""}, {"system", l.System != ""}} {
		if !one.ok {
			faults = append(faults, fault.At([]string{one.name}, "title, source (who published the codes), edition and system must be given", "%s is not given", one.name))
		}
	}
	if len(l.Codes) == 0 {
		faults = append(faults, fault.At([]string{"codes"}, "put them back, or take the list away and the rules that name it", "there are no codes"))
	}
	return name, l, errors.Join(faults...)
}

// codeBook finds what the rules of categories.json name.
type codeBook struct {
	systems map[string]oneOrMore // short name → every address that the system goes by
	lists   map[string]codeList
	used    map[string]bool
}

// ofList says that a fault is one of a list of codes.
func ofList(name string, f fault.Fault) fault.Fault {
	f.File = folder.CodesFolder + "/" + name + ".json"
	return f
}

func (b *codeBook) check() (faults []error) {
	owner := map[string]string{}
	for _, short := range slices.Sorted(maps.Keys(b.systems)) {
		addresses := b.systems[short]
		if len(addresses) == 0 || slices.Contains(addresses, "") || strings.ContainsAny(short, "|@*") || short == "" {
			faults = append(faults, fault.At([]string{"systems", short}, "write: \"name\": \"http://...\"", "systems: %q needs a short name and an address, or a list of them", short))
		}
		for _, a := range addresses {
			if other := owner[a]; other != "" {
				faults = append(faults, fault.At([]string{"systems", short}, "keep it under one of the two", "systems: %s is both %q and %q", a, other, short))
			}
			owner[a] = short
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.lists)) {
		list := b.lists[name]
		addresses := b.systems[list.System]
		if len(addresses) == 0 {
			if list.System == "" {
				continue // told with the list
			}
			known := slices.Sorted(maps.Keys(b.systems))
			faults = append(faults, ofList(name, fault.At([]string{"system"}, "write one of the names in systems of data/categories.json"+fault.Meant(list.System, known), "system %q is not one of systems", list.System)))
			continue
		}
		for _, c := range list.Codes {
			if err := fhir.CheckCode(fhir.Code{System: addresses[0], Code: c.Code}); err != nil {
				faults = append(faults, ofList(name, fault.At([]string{"codes", c.Code}, "look the code up: no record can have it, so it protects nobody", "%v", err)))
			}
		}
	}
	return faults
}

// sensitive gives the codes of the lists that are named, and those that stand by
// themselves, under every name of their system.
func (b *codeBook) sensitive(lists []string, codes []code) (out []fhir.Code, err error) {
	var faults []error
	for _, name := range lists {
		if !strings.HasPrefix(name, "@") {
			b.used[name] = true
			faults = append(faults, fault.At([]string{"lists", name}, fmt.Sprintf("write \"@%s\"", name), "%q must be @list, the name of a file of data/codes", name))
		}
	}
	if len(lists)+len(codes) == 0 {
		faults = append(faults, errors.New("lists and codes are empty: then nothing is sensitive"))
	}
	out, err = b.codes(lists)
	faults = append(faults, err)
	for _, c := range codes {
		one := fhir.Code{System: c.System, Code: c.Code}
		err := fhir.CheckCode(one)
		if err == nil && (c.Code == fhir.AnyCode || c.System == "") {
			err = errors.New("want its system and a code of it")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s|%s: %w", c.System, c.Code, err))
			continue
		}
		for _, system := range b.namesOf(c.System) {
			out = append(out, fhir.Code{System: system, Code: c.Code})
		}
	}
	return out, errors.Join(faults...)
}

// shortNames tells the short name of each address.
func (b *codeBook) shortNames() map[string]string {
	names := map[string]string{}
	for short, addresses := range b.systems {
		for _, a := range addresses {
			names[a] = short
		}
	}
	return names
}

// unused tells the lists that no rule names: a list that is misspelt in a rule is
// told there, one that was forgotten here.
func (b *codeBook) unused() (faults []error) {
	for _, name := range slices.Sorted(maps.Keys(b.lists)) {
		if !b.used[name] {
			faults = append(faults, ofList(name, fault.At(nil, fmt.Sprintf("write \"@%s\" into one, or into the lists of data/sensitive_codes.json, or take the file away", name), "no rule names it")))
		}
	}
	return faults
}

// codes gives the codes that a rule's entries stand for, under every name of
// their system.
func (b *codeBook) codes(entries []string) (out []fhir.Code, err error) {
	var faults []error
	for _, e := range entries {
		if name, ok := strings.CutPrefix(e, "@"); ok {
			l, there := b.lists[name]
			if !there {
				known := slices.Sorted(maps.Keys(b.lists))
				b.used[fault.Nearest(name, known)] = true // what was meant is not told as well
				for i := range known {
					known[i] = "@" + known[i]
				}
				faults = append(faults, fault.At([]string{e}, "write the name of a list that is there"+fault.Meant(e, known), "%q: there is no list data/codes/%s.json", e, name))
				continue
			}
			b.used[name] = true
			for _, c := range l.Codes {
				out = b.named(out, l.System, c.Code)
			}
			continue
		}
		short, value, ok := strings.Cut(e, "|")
		value = bareCode(value)
		if !ok || b.systems[short] == nil || value == "" {
			if b.lists[e].System != "" || b.systems[short] == nil && b.systemOfList(short) {
				continue // told as a list without its @, or with the list
			}
			faults = append(faults, fault.At([]string{e}, "write one of these"+fault.Meant(short, slices.Sorted(maps.Keys(b.systems))), "%q must be name|code, name|code (meaning), name|* or @list, with the name in systems", e))
			continue
		}
		out = b.named(out, short, value)
	}
	return out, errors.Join(faults...)
}

// systemOfList says that a list is of a system: where it is missing, that is told.
func (b *codeBook) systemOfList(short string) bool {
	for _, l := range b.lists {
		if l.System == short {
			return true
		}
	}
	return false
}

// bareCode leaves out what a code means, which a rule may say in brackets for its
// readers: "722124004 (Radiology studies report)".
func bareCode(value string) string {
	if at := strings.Index(value, " ("); at > 0 && strings.HasSuffix(value, ")") {
		return value[:at]
	}
	return value
}

func (b *codeBook) named(out []fhir.Code, short, value string) []fhir.Code {
	for _, address := range b.systems[short] {
		out = append(out, fhir.Code{System: address, Code: value})
	}
	return out
}

// namesOf gives every name of the system that goes by this address.
func (b *codeBook) namesOf(address string) []string {
	for _, short := range slices.Sorted(maps.Keys(b.systems)) {
		if slices.Contains(b.systems[short], address) {
			return b.systems[short]
		}
	}
	return []string{address}
}
