package token

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/scope"
	"github.com/mycarerecord/mcr/strictjson"
)

// What an issuer may say is limited by its configuration: a token that it signed for
// something else, or about people who are not its own, is not accepted (attacks 158
// and 159). Without limits all that it says is believed.

// checkLimits gives the faults of the limits.
func (i Issuer) checkLimits() (faults []error) {
	each := func(what string, list []string, valid func(string) bool, remedy string) {
		for _, one := range list {
			if !valid(one) {
				faults = append(faults, fmt.Errorf("%s: %q: %s", what, one, remedy))
			}
		}
	}
	each("scopes", i.Scopes, func(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\"\\") }, "give one scope a value, without blanks")
	codes := func(s string) bool {
		code := strings.TrimSuffix(s, "*")
		return code != "" && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	}
	each("organisations", i.Organisations, codes, "give ODS codes, or the beginning of one and a star, as in RXA*; leave it out for any")
	roles := func(s string) bool { return codes(s) && s[0] == 'R' && len(s) <= 5 }
	each("roles", i.Roles, roles, "give role codes, or the beginning of one and a star, as in R80*; leave it out for any")
	return faults
}

// forRecords says whether a token has one of the scopes that are asked for.
func (i *issuer) forRecords(scopes string) bool {
	return len(i.Scopes) == 0 || slices.ContainsFunc(i.Scopes, func(one string) bool { return scope.Has(scopes, one) })
}

// scopes gives the scopes of a token, divided by spaces (RFC 6749 §3.3): each place holds
// them so, or as a list. What has another form is none.
func (d *document) scopes(places ...int32) string {
	var all []string
	for _, at := range places {
		if at == absent {
			continue
		}
		switch d.Nodes[at].Kind {
		case strictjson.String:
			all = append(all, string(d.Nodes[at].Text()))
		case strictjson.Array:
			for i := range d.Children(at) {
				if one := d.Nodes[i].Text(); d.Nodes[i].Kind == strictjson.String && bytes.IndexByte(one, ' ') < 0 {
					all = append(all, string(one))
				}
			}
		}
	}
	return strings.Join(all, " ")
}

// own refuses what the issuer may not say of anybody, and tells the operator: either
// the configuration is too narrow or the issuer says too much.
func (i *issuer) own(who *access.Subject) error {
	if org := who.Organisation.String(); !among(i.Organisations, org) {
		i.log.Warn("an issuer speaks for an organisation that is not among its organisations: correct the configuration, or ask the issuer",
			"issuer", i.Name, "organisation", org)
		return errOrg
	}
	if role := who.Role.String(); !among(i.Roles, role) {
		i.log.Warn("an issuer gives a role that is not among its roles: correct the configuration, or ask the issuer",
			"issuer", i.Name, "role", role)
		return errRole
	}
	return nil
}

// among says whether a code is on a list, or begins as a member with a star does. An
// empty list has every code.
func among(list []string, code string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(one string) bool {
		beginning, star := strings.CutSuffix(one, "*")
		return one == code || star && strings.HasPrefix(code, beginning)
	})
}
