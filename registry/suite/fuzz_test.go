package suite_test

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry/intake"
)

var tenDigits = regexp.MustCompile(`[0-9]{10}`)

// FuzzImport: whatever a file holds, an import takes it or says what is wrong by
// line, tells no number, takes all or nothing, takes it again without a change,
// and leaves a registry from which facts can be gathered.
func FuzzImport(f *testing.F) {
	for _, line := range []string{
		patient("p", number(1), registeredWith("Z91001", "01632 960001")),
		patient("p", number(2), linked("replaced-by", number(1))),
		episode("e", number(1), "RXA01", "active", `{"start":"2026-11-01","end":"2026"}`),
		order("t", number(1), organisation("RXA01")+","+professional("u1"), "completed"),
		optOut("o", number(1), "active") + "\n" + yes("y", number(1), "u1", "RXA01", "inactive"),
		`{"resourceType":"Person","id":"w","link":[{"target":` + professional("u1") + `},{"target":` + naming(number(1)) + `}]}`,
		with(order("t", number(1), organisation("RXA01"), "active"), `"doNotPerform":true`),
		with(order("t", number(1), organisation("RXA01"), "draft"), `"9990000018":[[{"modifierExtension":[]}]]`),
		"\xef\xbb\xbf" + consentOf("else", "research", "active"),
		`{"resourceType":"Patient","id":"p","identifier":[null]}`, "{}\n[]\n\"\n", "\xff",
	} {
		f.Add([]byte(line))
	}
	path := f.TempDir() + "/registry.db"
	r := open(f, path)
	f.Fuzz(func(t *testing.T, file []byte) {
		done, err := intake.Import(context.Background(), r, bytes.NewReader(file), as("fuzz"))
		var fault *intake.ImportError
		switch {
		case errors.As(err, &fault):
			if len(fault.Faults) == 0 || tenDigits.MatchString(err.Error()) || done.Resources != 0 {
				t.Fatalf("%+v, %v", done, err)
			}
		case err != nil:
			t.Fatal(err)
		default:
			again, err := intake.Import(context.Background(), r, bytes.NewReader(file), as("fuzz"))
			if err != nil || again.Added != 0 || again.Changed != 0 || again.Resources != done.Resources {
				t.Fatalf("%+v, again %+v, %v", done, again, err)
			}
		}
		for i := range 3 {
			if got := gather(r, asks(number(i))); got.Identity.State != access.Known {
				t.Fatalf("after %q patient %d is %v", strings.ToValidUTF8(string(file), "?"), i, got.Identity.State)
			}
		}
	})
}
