package spelling_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
)

// The expressions are examples of SNOMED International's Compositional Grammar
// Specification and Guide (v2.4, chapter 6) and of its Expression Constraint Language;
// the identifiers in each are told here, those of the refinement behind a bar.
func TestAttack148SNOMEDsOwnExamplesOfExpressionsAreReadWhole(t *testing.T) {
	for expression, want := range map[string]string{
		`73211009 |Diabetes mellitus|`: "73211009",
		`73211009`:                     "73211009",
		`421720008 |Spray dose form| + 7946007 |Drug suspension|`:                           "421720008 7946007",
		`83152002 |Oophorectomy| : 405815000 |Procedure device| = 122456005 |Laser device|`: "83152002 | 405815000 122456005",
		`71388002 |Procedure| : 405815000 |Procedure device| = 122456005 |Laser device| , 260686004 |Method| = 129304002 |Excision - action| , 405813007 |Procedure site - direct| = 15497006 |Ovarian structure|`:      "71388002 | 405815000 122456005 260686004 129304002 405813007 15497006",
		`71388002 |Procedure| : { 260686004 |Method| = 129304002 |Excision - action|, 405813007 |Procedure site - direct| = 20837000 |Structure of right ovary|, 424226004 |Using device| = 122456005 |Laser device| }`: "71388002 | 260686004 129304002 405813007 20837000 424226004 122456005",
		`373873005 |Pharmaceutical / biologic product| : 411116001 |Has dose form| = ( 421720008 |Spray dose form| + 7946007 |Drug suspension| )`:                                                                       "373873005 | 411116001 421720008 7946007",
		`=== 46866001 |Fracture of lower limb| + 428881005 |Injury of tibia| : 116676008 |Associated morphology| = 72704001 |Fracture|, 363698007 |Finding site| = 12611008 |Bone structure of tibia|`:                  "46866001 428881005 | 116676008 72704001 363698007 12611008",
		`<<< 73211009 |Diabetes mellitus| : 363698007 |Finding site| = 113331007 |Endocrine system|`:                                                                                                                    "73211009 | 363698007 113331007",
		`27658006 |Product containing amoxicillin| : 411116001 |Has manufactured dose form| = 420692007, { 127489000 |Has active ingredient| = 372687004 |Amoxicillin|, 732945000 |Has strength value| = #500 }`:        "27658006 | 411116001 420692007 127489000 372687004 732945000",
		`< 19829001 |Disorder of lung| AND < 301867009 |Edema of trunk|`:           "19829001 301867009",
		`404684003 |Clinical finding| : << 47429007 |Associated with| = 267038008`: "404684003 | 47429007 267038008",
		``: "", `|`: "", `12345`: "", `1234567890123456789`: "", `no code`: "", `0000000`: "",
	} {
		var all []string
		var buf [spelling.LongestConcept]byte
		rest, refined := []byte(expression), false
		for len(rest) > 0 {
			id, at, within := spelling.NextConcept(&buf, rest, refined)
			if at == 0 {
				break
			}
			if within && !slices.Contains(all, "|") {
				all = append(all, "|")
			}
			all = append(all, string(id))
			rest, refined = rest[at:], within
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%s\n got %s\nwant %s", expression, got, want)
		}
	}
}

func TestSystemsThatMeanTheSameAreOne(t *testing.T) {
	for address, want := range map[string]string{
		"http://snomed.info/sct": "snomed.info/sct", "https://SNOMED.info/sct/83821000000107/version/20200101": "snomed.info/sct",
		"urn:oid:2.16.840.1.113883.6.96": "snomed.info/sct", "2.16.840.1.113883.6.1": "loinc.org", "http://loinc.org/|2.77": "loinc.org",
		"http://hl7.org/fhir/sid/icd-10": "hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.3": "hl7.org/fhir/sid/icd-10",
		"http://terminology.hl7.org/CodeSystem/v2-0074": "terminology.hl7.org/codesystem/v2-0074", "urn:oid:2.16.840.1.113883.12.74": "terminology.hl7.org/codesystem/v2-0074",
		"": "", "http://": "", "///": "", "urn:oid:": "", "|": "",
	} {
		if got := string(spelling.System(nil, []byte(address))); got != want {
			t.Errorf("%s is %q, not %q", address, got, want)
		}
	}
}

// The check digits of SNOMED CT's and LOINC's own documentation.
func TestCheckDigits(t *testing.T) {
	for code, ok := range map[string]bool{
		"http://snomed.info/sct|22298006": true, "http://snomed.info/sct|22298007": false, "http://snomed.info/sct|100005": true,
		"http://snomed.info/sct|999000041000000102": true, "http://snomed.info/sct|100014": false, "http://snomed.info/sct|022298006": false,
		"http://loinc.org|2951-2": true, "http://loinc.org|2951-3": false, "http://loinc.org|LP7839-6": true, "http://loinc.org|x": false,
		"http://read.info/ctv3|XaQOu": true, "http://read.info/ctv3|X": false, "http://read.info/readv2|A788.": true, "http://read.info/readv2|A788.00": false,
		"http://hl7.org/fhir/sid/icd-10|B20": true, "http://hl7.org/fhir/sid/icd-10|F02.4": true, "http://hl7.org/fhir/sid/icd-10|F0": false,
		"https://local.example|anything": true, "https://local.example|": false,
	} {
		system, code, _ := strings.Cut(code, "|")
		if err := spelling.Check(system, code); (err == nil) != ok {
			t.Errorf("%s|%s: %v", system, code, err)
		}
	}
}
