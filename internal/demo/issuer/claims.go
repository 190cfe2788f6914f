package issuer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// identity are the claims that CIS2 makes of a person at AAL3 with National
// RBAC. Without a selected role it makes no selected_roleid.
func identity(m Member, selected string) map[string]any {
	var roles, organisations []any
	var codes []string
	for _, role := range m.AllRoles() {
		roles = append(roles, map[string]any{
			"person_orgid": "0" + m.UserID, "person_roleid": role.ID, "org_code": role.Organisation,
			"org_name": role.OrgName, "role_name": role.Name, "role_code": role.Code,
		})
		if !slices.Contains(codes, role.Organisation) {
			codes = append(codes, role.Organisation)
			organisations = append(organisations, map[string]any{"org_name": role.OrgName, "org_code": role.Organisation})
		}
	}
	claims := map[string]any{
		"sub": m.UserID, "uid": m.UserID, "name": m.Name,
		"acr": "AAL3", "authentication_assurance_level": "3", "id_assurance_level": "3",
		"nhsid_nrbac_roles": roles, "nhsid_user_orgs": organisations,
	}
	if selected != "" {
		claims["selected_roleid"] = selected
	}
	return claims
}

// accessToken signs an access token for the broker, of a session or of none.
func (s *Server) accessToken(m Member, selected, client, session string) (string, error) {
	now := s.clock()
	claims := identity(m, selected)
	claims["iss"], claims["aud"] = s.url, []string{s.audience}
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(s.lifetime).Unix()
	claims["jti"], claims["client_id"], claims["azp"] = random(), client, client
	claims["scope"], claims["reason_for_request"] = "openid profile nationalrbacaccess", "directcare"
	if session != "" { // it stands in the trail: whoever reads it there is to end nobody's login
		sum := sha256.Sum256([]byte(session))
		claims["sid"] = hex.EncodeToString(sum[:16])
	}
	return s.keys.signing().sign("at+jwt", claims)
}

// idToken signs who logged in, for the client that asked (OpenID Connect Core
// §2). One that comes with renewed tokens has no nonce (§12.2).
func (s *Server) idToken(in login, nonce, access string) (string, error) {
	now := s.clock()
	half := sha256.Sum256([]byte(access))
	claims := identity(in.member, in.role)
	claims["iss"], claims["aud"], claims["azp"] = s.url, in.client, in.client
	claims["iat"], claims["exp"], claims["auth_time"] = now.Unix(), now.Add(s.lifetime).Unix(), in.at.Unix()
	claims["jti"], claims["sid"], claims["at_hash"] = random(), in.id, b64.EncodeToString(half[:16])
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return s.keys.signing().sign("JWT", claims)
}

// random is 128 bits that nobody can guess.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}
