package caddymodule

import (
	"context"
	"log/slog"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// CheckTexts and CheckID are for the tests of every module's texts.
var (
	CheckTexts = checkTexts
	CheckID    = checkID
)

// SecretOf gives what a placeholder stands for.
var SecretOf = secret

// The tests look at a server that is not running yet by an app of their own.
func init() { apps = append(apps, "probe") }

// SecretKeyOf gives the private key that a placeholder stands for.
var SecretKeyOf = secretKey

// AskIssuer compares an issuer's name and keys with what it publishes.
var AskIssuer = askIssuer

// Junk bounds the records of refused logouts, by a clock and timer of the test's.
type Junk struct{ *junk }

func (j Junk) Recorded() bool { return j.recorded() }
func (j Junk) Close()         { j.close() }

func NewJunk(record func(context.Context, *audit.Record) error, id string, log *slog.Logger, clock func() time.Time, after func(time.Duration, func()) *time.Timer) Junk {
	j := newJunk(record, id, log)
	j.clock, j.after = clock, after
	return Junk{j}
}
