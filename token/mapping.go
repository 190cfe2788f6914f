package token

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/strictjson"
)

// Presets.
const (
	PresetCIS2    = "cis2"    // NHS Care Identity Service 2: national RBAC roles
	PresetGeneric = "generic" // one flat claim for each part of an identity
)

// ClaimNames are the top-level claims that identity is read from. An empty name
// means the preset's.
type ClaimNames struct {
	User         string // cis2: uid, or else nhsid_useruid; generic: sub
	Name         string // name
	Role         string // generic only: role, an SDS role code ("R8000" or "S8000:G8000:R8000")
	RoleName     string // generic only: role_name
	Organisation string // generic only: organisation, an ODS code
	OrgName      string // generic only: organisation_name
	Client       string // client_id, or else azp
	Assurance    string // cis2: authentication_assurance_level, or else acr; generic: acr
	Session      string // sid, by which a session is revoked
}

// Places in a mapping's list of names.
const (
	user = iota
	userElse
	name
	client
	clientElse
	assurance
	assuranceElse
	session
	purpose
	roles     // cis2: nhsid_nrbac_roles; generic: the role
	selected  // cis2: selected_roleid;   generic: the role's name
	orgs      // cis2: nhsid_user_orgs;   generic: the organisation
	orgName   //                          generic: the organisation's name
	nameCount //
)

// mapping reads a Subject from claims.
type mapping struct {
	names []string
	cis2  bool
}

// claimNames gives the mapping of a preset with its overrides.
func claimNames(preset string, over ClaimNames) (mapping, error) {
	pick := func(at, def string) string {
		if at != "" {
			return at
		}
		return def
	}
	// A name that was overridden has no second name to fall back on: unused.
	second := func(at, def string) string {
		if at != "" {
			return unused
		}
		return def
	}
	names := make([]string, nameCount)
	names[name] = pick(over.Name, "name")
	names[client], names[clientElse] = pick(over.Client, "client_id"), second(over.Client, "azp")
	names[session] = pick(over.Session, "sid")
	names[purpose] = "reason_for_request"
	switch preset {
	case PresetCIS2:
		if over.Role != "" || over.RoleName != "" || over.Organisation != "" || over.OrgName != "" {
			return mapping{}, errors.New("claims: role and organisation come from the selected role with the preset cis2; remove their names, or use the preset generic")
		}
		names[user], names[userElse] = pick(over.User, "uid"), second(over.User, "nhsid_useruid")
		names[assurance], names[assuranceElse] = pick(over.Assurance, "authentication_assurance_level"), second(over.Assurance, "acr")
		names[roles], names[selected], names[orgs], names[orgName] = "nhsid_nrbac_roles", "selected_roleid", "nhsid_user_orgs", unused
		return mapping{names: names, cis2: true}, nil
	case PresetGeneric:
		names[user], names[userElse] = pick(over.User, "sub"), unused
		names[assurance], names[assuranceElse] = pick(over.Assurance, "acr"), unused
		names[roles], names[selected] = pick(over.Role, "role"), pick(over.RoleName, "role_name")
		names[orgs], names[orgName] = pick(over.Organisation, "organisation"), pick(over.OrgName, "organisation_name")
		return mapping{names: names}, nil
	default:
		return mapping{}, fmt.Errorf("preset: %q is not known; use cis2 or generic", preset)
	}
}

// unused is a name that no claim has: it is not UTF-8.
const unused = "\xff"

// identity is what the claims say of the person and their session.
type identity struct{ access.Subject }

// read gives the identity that the claims hold. Claims of the wrong form are
// malformed; claims that are not there, or that are no code, are incomplete.
func (m *mapping) read(d *document) (identity, error) {
	var p [nameCount]int32
	if !d.Lookup(0, m.names, p[:]) {
		return identity{}, errMalformed
	}
	var id identity
	r := reader{d: d, ok: true}
	id.UserID = r.person(p[user], p[userElse])
	id.Name = r.text(p[name])
	id.Client = r.exact(first(p[client], p[clientElse]))
	id.Assurance = level(r.word(first(p[assurance], p[assuranceElse])))
	id.Session = r.exact(p[session])
	id.Purpose = purposeOfUse(r.exact(p[purpose]))
	var roleCode, orgCode string
	if m.cis2 {
		roleCode, orgCode = r.cis2(&p, &id)
	} else {
		roleCode, orgCode = r.exact(p[roles]), r.exact(p[orgs])
		id.RoleName, id.OrgName = r.text(p[selected]), r.text(p[orgName])
	}
	if !r.ok {
		return identity{}, errMalformed
	}
	return id.complete(roleCode, orgCode)
}

// purposeOfUse gives the purpose that a token states, in the broker's words. A
// token that states none (CIS2's never do) is for direct care, the only purpose
// there is; one that states another is not.
func purposeOfUse(stated string) string {
	switch stated {
	case "", "directcare", access.DirectCare:
		return access.DirectCare
	default:
		return stated
	}
}

// reader reads claims and remembers whether one had the wrong form.
type reader struct {
	d  *document
	ok bool
}

// text is a text for people to read.
func (r *reader) text(at int32) string {
	s, ok := r.d.textAt(at)
	r.ok = r.ok && ok
	return strings.TrimSpace(s)
}

// exact is a text that is compared: with spaces around it, it is not cleaned but
// refused, for the issuer may hold " 123" and "123" to be two people.
func (r *reader) exact(at int32) string {
	s, ok := r.d.textAt(at)
	r.ok = r.ok && ok && strings.TrimSpace(s) == s
	return s
}

// person is who somebody is, by either of two claims. Two that differ are of two people.
func (r *reader) person(a, b int32) string {
	one, other := r.exact(a), r.exact(b)
	r.ok = r.ok && (one == "" || other == "" || one == other)
	return cmp.Or(one, other)
}

// word is a text, or a number written out.
func (r *reader) word(at int32) string {
	if at != absent && r.d.Nodes[at].Kind == strictjson.Number {
		return string(r.d.Nodes[at].Raw)
	}
	return r.text(at)
}

func first(a, b int32) int32 {
	if a != absent {
		return a
	}
	return b
}
