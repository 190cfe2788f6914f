package spelling

import (
	"bytes"
	"unicode/utf8"
)

// oidSystems are the object identifiers of code systems, with their addresses.
var oidSystems = map[string]string{
	"2.16.840.1.113883.6.96":           "snomed.info/sct",
	"2.16.840.1.113883.6.1":            "loinc.org",
	"2.16.840.1.113883.6.3":            "hl7.org/fhir/sid/icd-10",
	"2.16.840.1.113883.2.1.3.2.4.18.2": "hl7.org/fhir/sid/icd-10-uk",
	"2.16.840.1.113883.2.1.6.2":        "read.info/readv2",
	"2.16.840.1.113883.2.1.3.2.4.14":   "read.info/ctv3",
	"2.16.840.1.113883.2.1.6.4":        "dmd.nhs.uk",
	"2.16.840.1.113883.12.74":          "terminology.hl7.org/codesystem/v2-0074",
	"2.16.840.1.113883.6.8":            "unitsofmeasure.org",
	"2.16.840.1.113883.5.25":           "terminology.hl7.org/codesystem/v3-confidentiality",
	"1.0.3166.1.2.2":                   "urn:iso:std:iso:3166",
	"2.16.840.1.113883.6.24":           "urn:iso:std:iso:11073:10101",
}

const snomedAddress = "snomed.info/sct"

// System adds an address as it is compared: small letters, no scheme, no
// version, edition or query, single slashes and none at the end, no signs that
// cannot be seen; the address for an object identifier.
func System(out, address []byte) []byte {
	from := len(out)
	for at := 0; at < len(address); {
		r, size := utf8.DecodeRune(address[at:])
		at += size
		r = Plain(r)
		if r == '|' || r == '#' || r == '?' {
			break
		}
		switch {
		case r < 0 || r == ' ':
		case r == '/' && len(out) > from && out[len(out)-1] == '/':
		case 'A' <= r && r <= 'Z':
			out = append(out, byte(r)|0x20)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	text := out[from:]
	for _, prefix := range [...]string{"http:", "https:", "urn:oid:", "oid:", "/", "www."} {
		text = bytes.TrimPrefix(text, []byte(prefix))
	}
	if at := bytes.Index(text, []byte("/version/")); at > 0 {
		text = text[:at]
	}
	text = bytes.TrimRight(text, "/")
	if bytes.HasPrefix(text, []byte(snomedAddress+"/")) {
		text = text[:len(snomedAddress)] // an edition
	}
	if known := oidSystems[string(text)]; known != "" {
		return append(out[:from], known...)
	}
	return append(out[:from], text...)
}

// IsConfidentiality knows the code system of confidentiality by all its names. A code of it is
// a label wherever it stands (attack 317).
func IsConfidentiality(system []byte) bool {
	return len(system) > 15 && (HoldsFolded(system, "confidentiality") || bytes.Contains(system, []byte("113883.5.25")))
}

// HoldsFolded reports whether a word, of small letters, digits and dashes, stands in a text
// in any case.
func HoldsFolded(text []byte, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		n := 0
		for n < len(word) && text[i+n]|0x20 == word[n] {
			n++
		}
		if n == len(word) {
			return true
		}
	}
	return false
}
