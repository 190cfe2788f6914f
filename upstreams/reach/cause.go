package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// ErrDial is that an address could not be dialled: a transport that tells it in a type of its
// own says it with this. Its text must hold nothing that the source said.
var ErrDial = errors.New("not reached")

// cause is why an address did not answer, in words that the source has no part in: what Go
// says of an answer that is none quotes it, and it may be a record.
func cause(err error) string {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var waited net.Error
	switch {
	case errors.Is(err, ErrDial):
		return err.Error()
	case errors.As(err, &certificate):
		return certificate.Error()
	case errors.As(err, &op):
		return op.Error()
	case errors.As(err, &record):
		return "it does not speak TLS"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &waited) && waited.Timeout():
		return "it was silent for too long"
	case errors.As(err, new(status)):
		return err.Error()
	}
	return "it broke off before its answer began, or speaks no HTTP"
}
