package vouch

// What the published vectors are about.
var (
	SignatureBase = signatureBase
	Listed        = listed
	Component     = component
)
