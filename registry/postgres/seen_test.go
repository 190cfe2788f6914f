package postgres_test

import (
	"bytes"
	"testing"

	"github.com/mycarerecord/mcr/registry/postgres"
)

const whole = "mcr registry seen, version 1\nchange 7\nmark 42\nat 2026-11-23T12:00:00.000001Z\n"

func TestWhatWasSeenIsReadWholeOrNotAtAll(t *testing.T) {
	if got, err := postgres.ParseSeen([]byte(whole)); string(got) != whole || err != nil {
		t.Errorf("%q %v", got, err)
	}
	for i := range whole {
		if _, err := postgres.ParseSeen([]byte(whole[:i])); err == nil {
			t.Errorf("%q was read", whole[:i])
		}
	}
}

func FuzzSeen(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("mcr registry seen, version 1\nchange -1\nmark 42\nat 2026-11-23T12:00:00Z\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := postgres.ParseSeen(text); err == nil && !bytes.Equal(got, text) {
			t.Errorf("%q is read as %q", text, got)
		}
	})
}
