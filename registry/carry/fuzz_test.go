package carry

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzRead: what is read is written as something that is read as the same, and an error never holds
// what the line says.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"id":"feed|EpisodeOfCare/7","version":1,"kind":"relationship","status":"active","patient":"9990000018","organisation":"RXA01","from":"2026-01-01T00:00:00Z","recorded_by":"alice","recorded_at":"2026-11-30T07:00:00.000001Z","detail":{"form":"episode"}}`,
		`{"id":"y","version":2,"kind":"permission","status":"withdrawn","patient":"9990000018","user":"u1","recorded_by":"u1","recorded_at":"2026-11-30T07:00:00Z","detail":{"given":true,"sources":["a","b"],"purpose":"“second”\u0000","withdrawn_by":"b"}}`,
		`{"entries":1}`, `{}`, `{"detail":null}`, `[]`, `{"recorded_at":"0000-01-01T00:00:00+23:59"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := read(text)
		if err != nil {
			if len(text) > 40 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("the error holds the line: %v", err)
			}
			return
		}
		once, err := write(&e)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := read(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, once)
		}
		twice, err := write(&again)
		if err != nil || !bytes.Equal(once, twice) || !e.Says(again) || e.ID != again.ID || e.Version != again.Version || !e.RecordedAt.Equal(again.RecordedAt) {
			t.Fatalf("%v\n%s\n%s", err, once, twice)
		}
	})
}
