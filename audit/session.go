package audit

// EndSessionAction is the action of the record that an issuer ended a session, or all
// sessions of a person (OpenID Connect Back-Channel Logout 1.0), or that somebody tried to
// in its name.
const EndSessionAction = "end-session"

// RevokeTokenAction is the action of the record that somebody who had a token had it revoked
// (RFC 7009), or tried to.
const RevokeTokenAction = "revoke-token"
