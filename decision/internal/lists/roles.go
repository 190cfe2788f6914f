package lists

import (
	"errors"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/nhs"
)

// checkRoles makes sure that the roles which never see records of other
// organisations are there, and are codes that a token can hold: with a misspelt
// code in the list, whoever has the role would be let through.
func checkRoles(text string) error {
	var doc struct {
		Source    string            `json:"source"`
		Names     map[string]string `json:"names"`
		Emergency map[string]bool   `json:"emergency"`
		Never     map[string]string `json:"never_elsewhere"`
	}
	if err := strictJSON(text, &doc); err != nil {
		return err
	}
	var faults []error
	if len(doc.Never) == 0 {
		faults = append(faults, fault.At([]string{"never_elsewhere"}, "put back what it held", "never_elsewhere must not be empty"))
	}
	for _, code := range slices.Sorted(maps.Keys(doc.Never)) {
		if role, err := nhs.ParseRoleCode(code); err != nil || role.String() != code {
			faults = append(faults, fault.At([]string{"never_elsewhere", code}, "write R and four digits", "never_elsewhere: %q is no job role code, such as R8010", code))
		}
		if doc.Emergency[code] {
			faults = append(faults, fault.At([]string{"emergency", code}, "take it out of one of the two lists", "%s cannot both declare emergencies and see nothing elsewhere", code))
		}
	}
	return errors.Join(faults...)
}

// RoleNames gives the names of all job roles that data/roles.json names.
func (l Lists) RoleNames() map[string]string {
	out := map[string]string{}
	doc, _ := l.Documents["roles"].(map[string]any)
	for _, list := range []string{"never_elsewhere", "names"} {
		named, _ := doc[list].(map[string]any)
		for code, name := range named {
			out[code], _ = name.(string)
		}
	}
	return out
}
