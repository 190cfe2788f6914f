package demo_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	_ "github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/nhs"
)

// bringUp starts the real brokers of a region on a data folder. global are further lines
// of the global broker block.
func bringUp(t *testing.T, region *demo.Region, data string, global ...string) demo.Description {
	t.Helper()
	facts, err := region.RegistryNDJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Know(t.Context(), filepath.Join(data, "registry.db"), facts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before the folder goes
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	// Another program may take the port between two lines: then it is another one.
	var listen string
	for tries := 5; ; tries-- {
		listen = free(t)
		err := load(t, region, listen, data, global)
		if err == nil {
			break
		}
		if tries == 0 || !strings.Contains(err.Error(), "address already in use") {
			t.Fatal(err)
		}
	}
	d := region.Describe("http://" + listen)
	ready(t, "http://"+listen+"/readyz")
	return d
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// load starts the region's brokers.
func load(t *testing.T, region *demo.Region, listen, data string, global []string) error {
	t.Helper()
	text, err := region.Caddyfile(demo.CaddyfileOptions{Listen: listen, Data: data, Global: global})
	if err != nil {
		t.Fatal(err)
	}
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("the region's Caddyfile: %v\n%s", err, text)
	}
	for _, w := range warnings {
		t.Logf("the region's Caddyfile, line %d: %s", w.Line, w.Message)
	}
	return caddy.Load(config, true)
}

func ready(t *testing.T, url string) {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for last := ""; ; {
		if resp, err := http.Get(url); err == nil {
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
			last = resp.Status + " " + string(body)
		} else {
			last = err.Error()
		}
		select {
		case <-deadline.Done():
			t.Fatalf("%s is not ready: %s", url, last)
		case <-tick.C:
		}
	}
}

// sqliteTrail asks the SQLite trail of a data folder.
type sqliteTrail struct {
	*sqlite.Store
	protector *protect.Protector
}

func (s sqliteTrail) Patient(ctx context.Context, number nhs.Number) ([]*audit.Record, error) {
	return s.Store.Patient(ctx, s.protector.Find(number), audit.Scope{})
}

func (s sqliteTrail) Refused(ctx context.Context) ([]*audit.Record, error) {
	return s.Store.Refused(ctx, audit.Scope{})
}

func openTrail(t *testing.T, data string) demo.Trail {
	t.Helper()
	keys, err := protect.LoadKeys(filepath.Join(data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	protector, err := protect.NewProtector(keys, protect.Masked)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.OpenTrail(t.Context(), filepath.Join(data, "trail.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return sqliteTrail{store, protector}
}

// The ten commands come out right, twice on one region, and again on a second
// start with the data of the first.
func TestTheStoryOnTheRealBrokers(t *testing.T) {
	data := t.TempDir()
	for _, when := range []string{"first", "second"} {
		region := start(t)
		if when == "second" {
			region = another(t)
		}
		d := bringUp(t, region, data)
		tell(t, when+" start", d, data)
		pasted := paste(t, d) // leaves a permission standing, as a person at a shell would
		if account := tell(t, when+" start, again", d, data); pasted && !strings.Contains(account, "still stands") {
			t.Errorf("the account does not say that a permission was withdrawn first:\n%s", account)
		}
		if when == "first" {
			wholeRecord(t, region, d)
			everyPage(t, region, d)
			asApplications(t, d)
		}
		if err := caddy.Stop(); err != nil {
			t.Fatal(err)
		}
		if when == "first" {
			continue // other tests look at the region
		}
		region.Close()
		if resp, err := http.Get(region.Sources()[0].Base + "/metadata"); err == nil {
			resp.Body.Close()
			t.Error("a source still answers")
		}
	}
}

// another is a region of new addresses, with the same people.
func another(t *testing.T) *demo.Region {
	t.Helper()
	r, err := demo.Start(t.Context(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// tell runs the script and gives its account.
func tell(t *testing.T, when string, d demo.Description, data string) string {
	t.Helper()
	var account strings.Builder
	err := demo.Script(t.Context(), d, demo.ScriptOptions{Trail: openTrail(t, data), Out: &account, TrailWithin: time.Minute})
	if err != nil {
		t.Errorf("%s: %v\n%s", when, err, account.String())
	}
	return account.String()
}

// paste runs the printed commands in a shell, all but the two that ask the trail
// and need the program itself; false where there is no curl to run them with.
func paste(t *testing.T, d demo.Description) bool {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Log("there is no curl here: the printed commands were not tried")
		return false
	}
	want := map[int]string{1: "200 OK", 2: "403 Forbidden", 3: "201 Created", 4: "200 OK", 5: "200 OK", 6: "200 OK",
		7: "403 Forbidden", 8: "405 Method Not Allowed"}
	for _, c := range demo.Commands(d, time.Now()) {
		if want[c.Number] == "" {
			continue
		}
		out, err := exec.CommandContext(t.Context(), "sh", "-c", c.Shell).Output()
		first, _, _ := strings.Cut(string(out), "\r\n")
		if err != nil || first != "HTTP/1.1 "+want[c.Number] {
			t.Errorf("%d. %s: %q (%v), want %s", c.Number, c.Title, first, err, want[c.Number])
		}
	}
	return true
}
