package access

import "errors"

// Why a subject could not be established. A verifier wraps one of these; the
// enforcement point answers 401, 403 and 503.
var (
	ErrUnauthenticated     = errors.New("token not accepted")
	ErrIncompleteIdentity  = errors.New("token lacks a person, a role or an organisation")
	ErrVerifierUnavailable = errors.New("token cannot be verified now")
)

// ErrNoSuchPermission says that there is no permission of this professional for
// this patient that could be withdrawn.
var ErrNoSuchPermission = errors.New("no such permission to withdraw")
