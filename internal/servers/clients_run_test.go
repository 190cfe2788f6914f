//go:build servers

package servers_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
)

// library is a client library and the program that asks through it.
type library struct {
	name    string
	program string                                  // below clients
	command func(t *testing.T, dir string) []string // dir has the program
}

var libraries = []library{
	{"hapi", "hapi/Asks.java", func(t *testing.T, dir string) []string {
		return []string{"java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
			"-cp", filepath.Join(servers.ClientLibrary(t, "hapi/lib"), "*"), filepath.Join(dir, "Asks.java")}
	}},
	{"fhirpy", "fhirpy/asks.py", python("fhirpy")},
	{"smartpy", "smartpy/asks.py", python("smartpy")},
	{"fhirkit", "fhirkit/asks.mjs", node("fhirkit", "asks.mjs")},
	{"fhirclientjs", "fhirclientjs/asks.cjs", node("fhirclientjs", "asks.cjs")},
}

func python(name string) func(*testing.T, string) []string {
	return func(t *testing.T, dir string) []string {
		return []string{servers.ClientLibrary(t, name+"/bin/python"), "-W", "ignore::DeprecationWarning", filepath.Join(dir, "asks.py")}
	}
}

// node looks for modules beside the program, so a link to them is put there.
func node(name, program string) func(*testing.T, string) []string {
	return func(t *testing.T, dir string) []string {
		if err := os.Symlink(servers.ClientLibrary(t, name+"/node_modules"), filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		return []string{"node", filepath.Join(dir, program)}
	}
}

// run starts the program and gives what it made of each ask. It waits after each
// until the test has noted what was sent.
func (l library) run(t *testing.T, s *stand, tap *tap) (all []outcome) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("clients", filepath.FromSlash(l.program)))
	s.must(err)
	dir := t.TempDir()
	s.must(os.WriteFile(filepath.Join(dir, filepath.Base(l.program)), text, 0o600))
	args := l.command(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	p := s.patients[0]
	cmd.Env = append(os.Environ(), "MCR_BASE="+tap.base, "MCR_TOKEN="+s.token(visitor), "MCR_PATIENT="+p.LocalID,
		"MCR_NHS_NUMBER="+p.Number.Digits(), "MCR_CONSENT="+s.encoded(consent(visitor, p)), "PYTHONDONTWRITEBYTECODE=1")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	answers, err := cmd.StdinPipe()
	s.must(err)
	out, err := cmd.StdoutPipe()
	s.must(err)
	s.must(cmd.Start())
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		o := decoded(t, lines.Bytes())
		all = append(all, o)
		tap.note(t, s, o)
		if _, err := io.WriteString(answers, "\n"); err != nil {
			break // it is gone, as Wait will say
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s ended with %v after %d asks:\n%s", l.name, err, len(all), complaint.String())
	}
	return all
}
