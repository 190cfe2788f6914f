package draft_test

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/mycarerecord/mcr/decision/draft"
)

// Whatever lies on the desk, it is a folder that holds no more than files, or it is refused.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"format":1,"begun":"2026-03-02T12:00:00Z","by":"Priya","base":{"data/x.json":"{}"},"changes":[{"file":"data/x.json","text":"[]","what":"x"}]}`))
	f.Add([]byte(`{"format":1,"base":{"a":"x","a/b":"y"}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := draft.Parse(text)
		if err != nil {
			return
		}
		_ = fs.WalkDir(d.FS(), ".", func(p string, _ fs.DirEntry, err error) error {
			if !fs.ValidPath(p) {
				t.Errorf("%q", p)
			}
			return err
		})
		is := d.Fingerprint()
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := draft.Parse(again)
		if err != nil || back.Fingerprint() != is {
			t.Errorf("it does not come back: %v", err)
		}
	})
}
