package fhir

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/nhs"
)

// codeSystem is a code system of the rules, whatever addresses it goes by.
type codeSystem struct {
	notation notation
	codes    map[string]*codeUse // by normal form, and as listed
	loose    []ruleUse           // rules that take any code of it
}

// systemOf gives the code system of an address as a list has it, and makes it
// where there is none. Addresses that mean the same are one system.
func (c *Classifier) systemOf(address string) *codeSystem {
	normal := string(normalSystem(nil, []byte(address)))
	s := c.spelled[normal]
	if s == nil {
		s = &codeSystem{notation: notationOf([]byte(normal)), codes: map[string]*codeUse{}}
		c.spelled[normal] = s
		c.written[s.notation] = append(c.written[s.notation], s)
	}
	c.spelled[address] = s
	return s
}

// respelled finds the code system of an address that stands in no list as it is, or,
// where there is none, the notation that it sounds like.
func (c *Classifier) respelled(buf, address []byte) (*codeSystem, notation) {
	normal := normalSystem(buf, address)
	if s := c.spelled[string(normal)]; s != nil {
		return s, s.notation
	}
	return nil, notationOf(normal)
}

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

// normalSystem adds an address as it is compared: small letters, no scheme, no
// version, edition or query, single slashes and none at the end, no signs that
// cannot be seen; the address for an object identifier.
func normalSystem(out, address []byte) []byte {
	from := len(out)
	for at := 0; at < len(address); {
		r, size := utf8.DecodeRune(address[at:])
		at += size
		r = plainSign(r)
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

// plainSign gives a sign of full width as the sign of ASCII, and -1 for what cannot be
// seen: marks of direction, joiners, soft hyphens, control characters.
func plainSign(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f:
		return r
	case r == '\t' || r == '\n' || r == '\r' || r == '\u00a0':
		return ' '
	case 0xff01 <= r && r <= 0xff5e:
		return r - 0xff01 + '!'
	case r < 0x80, r == 0x034f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0x2800,
		unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector):
		return -1
	case unicode.Is(unicode.Zs, r), r == 0x2028, r == 0x2029:
		return ' '
	}
	if digit, ok := nhs.Digit(r); ok {
		return rune(digit)
	}
	return r
}
