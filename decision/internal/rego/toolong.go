package rego

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// TooLong says that an evaluation, by the machine or by OPA, was stopped at its limit.
func TooLong(err error) bool { return errors.Is(err, errTooLong) || topdown.IsCancel(err) }
