package console_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/nhs"
)

// Who sees the whole region's trail is said whole or not at all: an organisation
// alone would let in everybody there who may enter the trail, or nobody.
func TestWhoSeesTheRegionIsSaidWhole(t *testing.T) {
	place, err := nhs.ParseODSCode("RZ2")
	if err != nil {
		t.Fatal(err)
	}
	role, err := nhs.ParseRoleCode("R8012")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := nhs.ParseRoleCode("R8000")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  console.Config
		want string // "" for no fault of the region
	}{
		"nobody":               {console.Config{}, ""},
		"whole":                {console.Config{RegionOrganisations: []nhs.ODSCode{place}, RegionRoles: []nhs.RoleCode{role}}, ""},
		"no roles":             {console.Config{RegionOrganisations: []nhs.ODSCode{place}}, "region_roles: missing; name the roles"},
		"no organisations":     {console.Config{RegionRoles: []nhs.RoleCode{role}}, "region: missing; name the organisations"},
		"a role without entry": {console.Config{RegionOrganisations: []nhs.ODSCode{place}, RegionRoles: []nhs.RoleCode{stranger}}, "region_roles: R8000 may not enter the trail"},
		"entry for others": {console.Config{RegionOrganisations: []nhs.ODSCode{place}, RegionRoles: []nhs.RoleCode{role}, TrailRoles: []nhs.RoleCode{stranger}},
			"region_roles: R8012 may not enter the trail; add it to trail_roles"},
	} {
		_, err := console.New(c.cfg) // everything else is missing, too
		if err == nil {
			t.Fatalf("%s: a console without anything", name)
		}
		if said := strings.Contains(err.Error(), "region"); said != (c.want != "") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
