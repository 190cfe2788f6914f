//go:build servers

package deploy_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/policies"
)

// day is a demo region whose brokers, the real program, keep their trail in
// ClickHouse, and the ledger of what was asked of them.
type day struct {
	t           *testing.T
	dir, mcr    string
	listen      string
	region      *demo.Region
	description demo.Description
	command     *exec.Cmd
	ended       chan struct{}
	tokens      map[string]string
	ledger      map[string]entry // by record id
	collected   map[string]entry // by trace id: collections, of many records each
}

// entry is one request as its client saw it.
type entry struct {
	who, organisation, source string
	status                    int
	reason                    string // why not; "" when it was let in
}

const dayDatabase = "mcr_day"

func newDay(t *testing.T) *day {
	t.Helper()
	d := &day{t: t, dir: t.TempDir(), tokens: map[string]string{}, ledger: map[string]entry{}, collected: map[string]entry{}}
	d.mcr = os.Getenv("MCR_BINARY") // for those who have built it already
	if d.mcr == "" {
		d.mcr = filepath.Join(d.dir, "mcr")
		build := exec.Command("go", "build", "-o", d.mcr, "./cmd/mcr")
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building mcr: %v\n%s", err, out)
		}
	}
	var err error
	if d.region, err = demo.Start(context.Background(), demo.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.region.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.listen = l.Addr().String()
	l.Close()
	d.description = d.region.Describe("http://" + d.listen)
	facts, err := d.region.RegistryNDJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Know(t.Context(), filepath.Join(d.dir, "registry.db"), facts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	return d
}

// start starts the brokers with a copy of the policies in which some words of
// the settings are changed.
func (d *day) start(from, to string) {
	d.t.Helper()
	dir := d.t.TempDir()
	if err := os.CopyFS(dir, policies.FS); err != nil {
		d.t.Fatal(err)
	}
	settings, err := fs.ReadFile(policies.FS, "data/settings.json")
	if err != nil {
		d.t.Fatal(err)
	}
	if !strings.Contains(string(settings), from) {
		d.t.Fatalf("the settings have no %s", from)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "settings.json"), []byte(strings.Replace(string(settings), from, to, 1)), 0o600); err != nil {
		d.t.Fatal(err)
	}
	text, err := d.region.Caddyfile(demo.CaddyfileOptions{Listen: d.listen, Data: d.dir, Global: []string{
		"policies " + dir, "trail clickhouse clickhouse://default@" + server.Native + "/" + dayDatabase,
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	path := filepath.Join(d.dir, "Caddyfile")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	said, err := os.Create(filepath.Join(d.dir, "said"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer said.Close()
	d.command = exec.Command(d.mcr, "run", "--config", path)
	d.command.Dir, d.command.Stdout, d.command.Stderr = d.dir, said, said
	d.command.Env = append(os.Environ(), "HOME="+d.dir, "XDG_DATA_HOME="+d.dir, "XDG_CONFIG_HOME="+d.dir)
	if err := d.command.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // how it ended is of no interest, that it did is
		close(ended)
	}(d.command, d.ended)
	d.eventually("the brokers are not ready", func() bool {
		select {
		case <-d.ended: // another program may answer at its address
			d.t.Fatal("the brokers ended")
		default:
		}
		answer, err := http.Get("http://" + d.listen + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// stop ends the brokers; what they have recorded is delivered first.
func (d *day) stop() {
	if d.command == nil {
		return
	}
	_ = d.command.Process.Signal(syscall.SIGTERM)
	<-d.ended
	d.command = nil
	if said, err := os.ReadFile(filepath.Join(d.dir, "said")); err == nil && d.t.Failed() {
		d.t.Logf("mcr said:\n%s", said)
	}
}

func (d *day) eventually(otherwise string, is func() bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(filepath.Join(d.dir, "said"))
			d.t.Fatalf("%s\n%s", otherwise, said)
		case <-tick.C:
		}
	}
}

func (d *day) member(id string) demo.DescribedMember {
	for _, m := range d.description.Cast {
		if m.ID == id {
			return m
		}
	}
	d.t.Fatalf("nobody is called %s", id)
	return demo.DescribedMember{}
}

func (d *day) number(flag string) string {
	for _, p := range d.description.Patients {
		for _, f := range p.Flags {
			if f == flag {
				return p.NHSNumber
			}
		}
	}
	d.t.Fatalf("no patient is %s", flag)
	return ""
}

// token gives a member's token and the person's id in it.
func (d *day) token(who string) (token, user string) {
	d.t.Helper()
	if d.tokens[who] == "" {
		answer, err := http.Post(d.description.Issuer+"/cast/"+who+"/token", "", nil)
		if err != nil {
			d.t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			d.t.Fatalf("a token for %s: %s %v", who, answer.Status, err)
		}
		d.tokens[who] = strings.TrimSpace(string(text))
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(d.tokens[who], ".")[1])
	if err != nil {
		d.t.Fatal(err)
	}
	var said struct {
		UID string `json:"uid"`
	}
	if err := json.Unmarshal(claims, &said); err != nil {
		d.t.Fatal(err)
	}
	return d.tokens[who], said.UID
}

// ask sends a request, checks how it ended, and enters it in the ledger.
func (d *day) ask(who, source, method, path, body string, status int, reason string, header ...string) string {
	d.t.Helper()
	base := "http://" + d.listen + "/" + source + "/fhir/"
	r, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	e := entry{source: source, status: status, reason: reason}
	if who != "" {
		token, user := d.token(who)
		r.Header.Set("Authorization", "Bearer "+token)
		e.who, e.organisation = user, d.member(who).Organisation
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	} else {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if answer.StatusCode != status || reason != "" && !strings.Contains(string(text), `"`+reason+`"`) {
		d.t.Errorf("%s: %s %s: %d, want %d %s: %.300s", who, method, source, answer.StatusCode, status, reason, text)
	}
	id := answer.Header.Get("X-Record-Id")
	if _, twice := d.ledger[id]; id == "" || twice {
		d.t.Errorf("%s: %s %s: record %q is there twice, or not at all", who, method, source, id)
	}
	d.ledger[id] = e
	var made struct{ ID string }
	_ = json.Unmarshal(text, &made) // what is not a Consent has no id that matters
	return made.ID
}

// about is a search for one patient.
func (d *day) about(kind, flag string, more ...string) string {
	query := url.Values{"patient.identifier": {"https://fhir.nhs.uk/Id/nhs-number|" + d.number(flag)}}
	return kind + "?" + query.Encode() + strings.Join(append([]string{""}, more...), "&")
}

// consent is what a professional tells of a patient (docs/consent.md).
func (d *day) consent(who, flag, category, status, more string) string {
	_, user := d.token(who)
	return fmt.Sprintf(`{"resourceType":"Consent","status":%q,
		"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":%q}]}],
		"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}},
		"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":%q}}],
		"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":%q}}]%s}`,
		status, category, d.number(flag), user, d.member(who).Organisation, more)
}

const (
	asked1 = `,"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],"provision":{"type":"permit"}`
	asked0 = `,"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"telephone"}],"provision":{"type":"deny"}`
)

func inDanger(now time.Time) string {
	return `,"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/emergency-reason","valueCodeableConcept":{
		"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/emergency-reason","code":"life-threatening"}],"text":"Found unconscious"}}],
		"provision":{"type":"permit","period":{"end":"` + now.Add(30*time.Minute).UTC().Format(time.RFC3339) + `"}}`
}
