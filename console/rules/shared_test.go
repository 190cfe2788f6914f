package rules_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
)

// A book that was made already is shown as it is, for as long as the folder is the
// one of which it was made.
func TestABookThatIsThereIsNotMadeAgain(t *testing.T) {
	const title = "A rule of the book that was there"
	fsys := few(t, "testdata/decisions/opt_out.yaml")
	made, err := book.Read(t.Context(), fsys)
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := decision.Fingerprint(fsys)
	if err != nil || fingerprint != made.Fingerprint() {
		t.Fatalf("the book is of %s, the folder is %s, %v", made.Fingerprint(), fingerprint, err)
	}
	made.Rules[0].Title = title
	r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Book = fsys, made })
	if _, body := r.get(t, "/rules"); !strings.Contains(body, title) {
		t.Error("another book was made")
	}
	file := fsys["data/settings.json"]
	fsys["data/settings.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(file.Data), `"minutes": 60`, `"minutes": 31`, 1))}
	if _, body := r.get(t, "/rules"); strings.Contains(body, title) || !strings.Contains(body, "31") {
		t.Error("the folder has changed, and the book has not")
	}
}
