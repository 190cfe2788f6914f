package record

import "strings"

// The code systems whose names a page writes out.
var systems = map[string]string{
	"http://snomed.info/sct":                      "SNOMED CT",
	"http://loinc.org":                            "LOINC",
	"http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
	"https://dmd.nhs.uk":                          "dm+d",
	"http://read.info/ctv3":                       "Read CTV3",
	"http://read.info/readv2":                     "Read v2",
	"http://hl7.org/fhir/sid/icd-10":              "ICD-10",
	"http://hl7.org/fhir/sid/cvx":                 "CVX",
}

// concept gives the words of a CodeableConcept, a Coding, or of what stands in
// its place: the author's own words first. A code that came without words is
// shown as a code: somebody may know it.
func concept(n node) string {
	if items := n.list(); len(items) > 1 {
		var all []string
		for _, item := range items {
			all = append(all, concept(item))
		}
		return join(", ", all...)
	}
	if text := n.text(); text != "" {
		return text
	}
	if text := n.get("text").text(); text != "" {
		return text
	}
	if text := n.get("display").text(); text != "" {
		return text
	}
	codings := n.get("coding").list()
	for _, c := range codings {
		if text := c.get("display").text(); text != "" && c.get("userSelected").yes() {
			return text
		}
	}
	for _, c := range codings {
		if text := c.get("display").text(); text != "" {
			return text
		}
	}
	for _, c := range append(codings, n) {
		if code := c.get("code").text(); code != "" {
			return bare(code, c.get("system").raw())
		}
	}
	return ""
}

// bare writes a code without words; a code that is itself words is written as them.
func bare(code, system string) string {
	if len(code) > 3 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz-") == "" {
		return upper(spaced(code))
	}
	if name, ok := systems[system]; ok {
		return "code " + code + " (" + name + ")"
	}
	return "code " + code
}

// codedAs gives the words of the code where they say something else than the
// author's own: both are shown, neither is believed over the other.
func codedAs(n node) string {
	text := n.get("text").text()
	if text == "" {
		return ""
	}
	for _, c := range n.get("coding").list() {
		words := c.get("display").text()
		if words != "" && !strings.Contains(strings.ToLower(text), strings.ToLower(words)) {
			return words
		}
	}
	return ""
}

// codes are the codes of a concept as "system|code", for comparing.
func codes(n node) []string {
	var out []string
	for _, one := range n.list() {
		for _, c := range one.get("coding").list() {
			if code := c.get("code").raw(); code != "" {
				out = append(out, c.get("system").raw()+"|"+code)
			}
		}
	}
	return out
}

// coded says whether a concept, or a bare code, has one of these codes, whatever
// the code system: for the small sets that FHIR itself defines.
func coded(n node, some ...string) bool {
	code := codeOf(n)
	for _, one := range some {
		if code == one {
			return true
		}
	}
	return false
}

// codeOf gives the first code of a concept, a Coding or a bare code.
func codeOf(n node) string {
	if code := n.raw(); code != "" {
		return code
	}
	for _, c := range n.get("coding").list() {
		if code := c.get("code").raw(); code != "" {
			return code
		}
	}
	return n.get("code").raw()
}

// state writes the words of a status, a code of FHIR's own that no one displays.
func state(n node) string {
	if text := n.get("text").text(); text != "" {
		return text
	}
	return upper(spaced(codeOf(n)))
}
