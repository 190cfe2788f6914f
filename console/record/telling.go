package record

import "strings"

// vague are SNOMED CT codes that say of what sort an entry is and not what it is of: two
// entries that bear one of them need have nothing in common. The first are what GP systems
// write where they have no code for another's words (NHS England, GP2GP and GP Connect:
// degraded codes); then adverse event types and problem types (C-CDA), and the NHS codes of
// a comment and of a result that is not further named.
var vague = map[string]bool{
	"196411000000103": true, "196421000000109": true, "196431000000106": true, "196441000000102": true, "196451000000104": true, "196461000000101": true, "196471000000108": true,
	"106190000": true, "419199007": true, "416098002": true, "414285001": true, "426232007": true, "420134006": true, "418038007": true, "419511003": true, "418471000": true, "59037007": true, "235719002": true,
	"64572001": true, "404684003": true, "55607006": true, "282291009": true, "37331000000100": true, "24641000000107": true,
}

// absences are code systems whose codes say why there is none.
var absences = []string{"CodeSystem/v3-NullFlavor", "v3/NullFlavor", "data-absent-reason"}

// telling are the codes of a concept, as "system|code", that say what it is: of a known
// code system, and not vague. Two entries that share one are about the same thing.
func telling(c node) (all []string) {
	for _, one := range codes(c) {
		system, code, _ := cutLast(one)
		if isSNOMED(system) {
			if system = "http://snomed.info/sct"; vague[code] {
				continue
			}
		}
		absent := false
		for _, tail := range absences {
			absent = absent || strings.HasSuffix(system, tail)
		}
		if system != "" && !absent {
			all = append(all, system+"|"+code)
		}
	}
	return all
}

// isSNOMED says that a code system is SNOMED CT, in any of its editions and spellings.
func isSNOMED(system string) bool {
	_, path, _ := strings.Cut(system, "://")
	return path == "snomed.info/sct" || strings.HasPrefix(path, "snomed.info/sct/") || system == "urn:oid:2.16.840.1.113883.6.96"
}

// identity is by what two entries are the same fact: by a code that they share, or, where
// neither has a code, by the same words. What is coded is never taken for what is in words
// alone, and what nobody named for nothing else.
func identity(c node, words string) []string {
	if all := telling(c); len(all) > 0 {
		return all
	}
	if words = strings.ToLower(strings.Join(strings.Fields(words), " ")); words != "" {
		return []string{"words " + words}
	}
	return nil
}
