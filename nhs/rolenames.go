package nhs

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed roles.txt
var rolesText string

// roleNames are the job roles that NHS England publishes (roles.txt says where).
var roleNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(rolesText) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !strings.HasPrefix(line, "#") {
			names[code] = name
		}
	}
	return names
})

// Name is the role's name in NHS England's list, "" when it is not there. A role
// that is not there may be newer than the list: this is for finding slips, and
// decides nothing.
func (r RoleCode) Name() string { return roleNames()[r.code] }
