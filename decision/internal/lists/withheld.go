package lists

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/nhs"
)

// checkWithheld: what a region keeps from roles is kept from roles that there can be, and is of
// categories that there are. A slip would keep nothing from anybody.
func checkWithheld(roles map[string][]string, categories map[string]string) error {
	var faults []error
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		at := []string{"withheld", "from_roles", role}
		if code, err := nhs.ParseRoleCode(role); err != nil || code.String() != role {
			faults = append(faults, fault.At(at, "write R and four digits, such as R8014", "%q is no job role code: nothing would be kept from anybody", role))
			continue
		}
		if len(roles[role]) == 0 {
			faults = append(faults, fault.At(at, "name the categories that are kept from it, or take the role out", "nothing is kept from %s", role))
		}
		for i, c := range roles[role] {
			if categories[c] == "" {
				known := slices.Sorted(maps.Keys(categories))
				faults = append(faults, fault.At(append(slices.Clone(at), strconv.Itoa(i)), "write one that is in data/categories.json"+fault.Meant(c, known), "%q is none of the categories that there are", c))
			}
		}
	}
	return errors.Join(faults...)
}
