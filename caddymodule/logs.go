package caddymodule

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/logging"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"

	"github.com/mycarerecord/mcr/legible"
)

func init() { caddy.RegisterModule(LegibleEncoder{}) }

// LegibleEncoder writes Caddy's own log as JSON, like the format json, and writes out
// in it what steers a terminal, turns a line round or is not seen: Caddy logs headers
// and addresses as clients send them (attack 163).
type LegibleEncoder struct {
	logging.JSONEncoder
}

// CaddyModule describes the encoder to Caddy.
func (LegibleEncoder) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.logging.encoders.legible", New: func() caddy.Module { return new(LegibleEncoder) }}
}

// Clone gives an encoder of its own fields.
func (e LegibleEncoder) Clone() zapcore.Encoder {
	return LegibleEncoder{logging.JSONEncoder{Encoder: e.JSONEncoder.Encoder.Clone()}}
}

// EncodeEntry writes one line.
func (e LegibleEncoder) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line, err := e.JSONEncoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	text := line.String()
	if shown := legible.Lines(text); shown != text {
		line.Reset()
		line.AppendString(shown)
	}
	return line, nil
}

// UnmarshalCaddyfile reads what the format json reads.
func (e *LegibleEncoder) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return e.JSONEncoder.UnmarshalCaddyfile(d)
}

var (
	_ zapcore.Encoder       = LegibleEncoder{}
	_ caddy.Provisioner     = (*LegibleEncoder)(nil)
	_ caddyfile.Unmarshaler = (*LegibleEncoder)(nil)
)
