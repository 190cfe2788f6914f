package decision

import (
	"errors"
	"fmt"

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
		faults = append(faults, errors.New("never_elsewhere must not be empty"))
	}
	for _, code := range sorted(doc.Never) {
		if role, err := nhs.ParseRoleCode(code); err != nil || role.String() != code {
			faults = append(faults, fmt.Errorf("never_elsewhere: %q is no job role code, such as R8010", code))
		}
		if doc.Emergency[code] {
			faults = append(faults, fmt.Errorf("%s cannot both declare emergencies and see nothing elsewhere", code))
		}
	}
	return errors.Join(faults...)
}
