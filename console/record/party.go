package record

import (
	"cmp"
	"strings"
)

// party names whoever a reference leads to, also where only an identifier tells: the
// patient, or an organisation by its ODS code.
func (e *entry) party(ref node) string {
	if name := e.named(ref); name != "" {
		return name
	}
	code := ref.get("identifier", "value").text()
	switch system := ref.get("identifier", "system").raw(); {
	case strings.HasPrefix(ref.get("reference").raw(), "Patient/"), system == "https://fhir.nhs.uk/Id/nhs-number":
		return "the patient"
	case code != "" && system == "https://fhir.nhs.uk/Id/ods-organization-code":
		return "organisation " + code + " (ODS code)"
	}
	return ""
}

// parties lists several.
func (e *entry) parties(refs node) string {
	var all []string
	for _, ref := range refs.list() {
		all = append(all, e.party(ref))
	}
	return join(", ", all...)
}

// kindOf says of what kind the resource is that a reference leads to, where nobody
// says its name: "a prescription that did not come with this".
func (e *entry) kindOf(ref node) string {
	typ := ref.get("type").raw()
	if typ == "" {
		parts := strings.Split(ref.get("reference").raw(), "/")
		if len(parts) > 1 {
			typ = parts[len(parts)-2]
		}
	}
	if typ == "" || strings.Trim(typ, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	words := spaced(typ)
	if words[0] == 'a' || words[0] == 'e' || words[0] == 'i' || words[0] == 'o' {
		return "an " + words + " that is not named"
	}
	return "a " + words + " that is not named"
}

// said writes a choice of types as values does, and names what a reference leads to.
func (e *entry) said(n node, stem string) string {
	var all []string
	for _, c := range n.choice(stem) {
		switch c.kind {
		case "Reference":
			all = append(all, e.party(c.node))
		case "Identifier":
			all = append(all, c.get("value").text())
		case "Attachment":
			text := cmp.Or(c.get("title").text(), "a document")
			if _, opens := e.in.link(c.get("url")); !opens {
				text += ", which stays with the source: ask there"
			}
			all = append(all, text)
		default:
			all = append(all, value(c))
		}
	}
	return join(" / ", all...)
}
