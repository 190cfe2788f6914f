package token

import (
	"strings"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/strictjson"
)

// Claims within the lists of CIS2.
var (
	roleClaims = []string{"person_roleid", "role_code", "role_name", "org_code", "org_name"}
	orgClaims  = []string{"org_code", "org_name"}
)

// cis2 reads the role that the professional selected when they signed in
// (selected_roleid), and no other: the union of someone's roles is what nobody
// ever acts as. It gives the codes of the role and its organisation, "" where
// nothing, or more than one role, was selected.
func (r *reader) cis2(p *[nameCount]int32, id *identity) (roleCode, orgCode string) {
	chosen := r.exact(p[selected])
	found := 0
	r.each(p[roles], roleClaims, func(at []int32) {
		if chosen == "" || !r.d.Is(at[0], chosen) {
			return
		}
		found++
		roleCode, id.RoleName = r.exact(at[1]), r.text(at[2])
		orgCode, id.OrgName = r.exact(at[3]), r.text(at[4])
	})
	if found != 1 {
		return "", ""
	}
	r.each(p[orgs], orgClaims, func(at []int32) {
		if orgCode != "" && at[1] != absent && r.d.Is(at[0], orgCode) {
			id.OrgName = r.text(at[1])
		}
	})
	return roleCode, orgCode
}

// each visits the objects of a list, with the places of their members.
func (r *reader) each(list int32, names []string, visit func(at []int32)) {
	if list == absent {
		return
	}
	d := r.d
	if d.Nodes[list].Kind != strictjson.Array {
		r.ok = false
		return
	}
	var places [5]int32
	for i := range d.Children(list) {
		if d.Nodes[i].Kind != strictjson.Object || !d.Lookup(i, names, places[:len(names)]) {
			r.ok = false
			return
		}
		visit(places[:len(names)])
	}
}

// complete parses the codes, and refuses an identity with a part missing: what is
// missing must never mean "any" (attack 10).
func (id identity) complete(roleCode, orgCode string) (identity, error) {
	var errRole, errOrg error
	id.Role, errRole = nhs.ParseRoleCode(roleCode)
	id.Organisation, errOrg = nhs.ParseODSCode(orgCode)
	if id.UserID == "" || errRole != nil || errOrg != nil {
		return id, errIncomplete
	}
	return id, nil
}

// level gives the authentication assurance as "AAL1" to "AAL3" (NIST SP 800-63B, as
// CIS2 writes it: "3", "AAL3", "AAL3_ANY", "AAL2_OR_AAL3_ANY"). Where several are
// named, the lowest: no more than that was proved. "" when it is none of these.
func level(s string) string {
	if len(s) == 1 && s >= "1" && s <= "3" {
		return "AAL" + s
	}
	for _, aal := range []string{"AAL1", "AAL2", "AAL3"} {
		for part := range strings.SplitSeq(s, "_") {
			if part == aal {
				return aal
			}
		}
	}
	return ""
}
