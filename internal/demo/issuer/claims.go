package issuer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// identity are the claims that CIS2 makes of a person at AAL3 with National RBAC.
func identity(m Member) map[string]any {
	return map[string]any{
		"sub": m.UserID, "uid": m.UserID, "name": m.Name,
		"acr": "AAL3", "authentication_assurance_level": "3", "id_assurance_level": "3",
		"selected_roleid": m.RoleID,
		"nhsid_nrbac_roles": []any{map[string]any{
			"person_orgid": "0" + m.UserID, "person_roleid": m.RoleID, "org_code": m.Organisation,
			"org_name": m.OrgName, "role_name": m.RoleName, "role_code": m.RoleCode,
		}},
		"nhsid_user_orgs": []any{map[string]any{"org_name": m.OrgName, "org_code": m.Organisation}},
	}
}

// accessToken signs an access token for the broker.
func (s *Server) accessToken(m Member, client string) (string, error) {
	now := s.clock()
	claims := identity(m)
	claims["iss"], claims["aud"] = s.url, []string{s.audience}
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(s.lifetime).Unix()
	claims["jti"], claims["client_id"], claims["azp"] = random(), client, client
	claims["scope"], claims["reason_for_request"] = "openid profile nationalrbacaccess", "directcare"
	return s.keys.signing().sign("at+jwt", claims)
}

// idToken signs who logged in, for the client that asked (OpenID Connect Core §2).
func (s *Server) idToken(m Member, g grant, access string) (string, error) {
	now := s.clock()
	half := sha256.Sum256([]byte(access))
	claims := identity(m)
	claims["iss"], claims["aud"], claims["azp"] = s.url, g.client, g.client
	claims["iat"], claims["exp"], claims["auth_time"] = now.Unix(), now.Add(s.lifetime).Unix(), g.at.Unix()
	claims["jti"], claims["at_hash"] = random(), b64.EncodeToString(half[:16])
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	return s.keys.signing().sign("JWT", claims)
}

// random is 128 bits that nobody can guess.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}
