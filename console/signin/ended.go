package signin

import "time"

// endedAtIssuer is why a session ended that its issuer has ended (OpenID Connect
// Back-Channel Logout 1.0).
const endedAtIssuer = "issuer"

// EndAtIssuer ends the sessions that belong to a session at the issuer, by the sid of the ID
// token; and where session is "", all sessions of a person that began up to a time, by the
// sub of the ID token. Where both are given, a session of that person's whose ID token named
// none ends too: it may be of that one. It says how many ended.
func (all *Sessions) EndAtIssuer(session, subject string, before time.Time) (n int) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for key, s := range all.all {
		held, _, _ := s.token()
		theirs := subject != "" && held.subject == subject && !s.began.Truncate(time.Second).After(before)
		if session != "" && held.session == session || theirs && (session == "" || held.session == "") {
			delete(all.all, key)
			s.forget()
			countEnd(endedAtIssuer)
			n++
		}
	}
	return n
}
