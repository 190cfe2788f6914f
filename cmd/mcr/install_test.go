package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/internal/heard"
)

// The tutorial docs/install.md is run as it stands: every block of commands by one bash, every
// output compared. What a test cannot have is stood in for: the folders of the system are below a
// temporary root, sudo and adduser change no user, and systemctl asks the test, which runs the
// command lines of the unit and waits for the program's own word that it is ready, as systemd does.

// step is a block of commands of the tutorial, and the output that is shown of it.
type step struct {
	line     int
	commands string
	output   string
	compared bool // an output is shown
	fails    bool // the page says so in a comment, before the block
}

var tutorialBlock = regexp.MustCompile("(?ms)^(<!-- fails -->\n)?```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?")

func tutorial(t *testing.T) (steps []step) {
	t.Helper()
	page, err := os.ReadFile("../../docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range tutorialBlock.FindAllSubmatchIndex(page, -1) {
		s := step{line: 1 + bytes.Count(page[:at[4]], []byte("\n")), commands: string(page[at[4]:at[5]]), fails: at[2] >= 0}
		if s.compared = at[6] >= 0; s.compared {
			s.output = string(page[at[6]:at[7]])
		}
		steps = append(steps, s)
	}
	if fences := bytes.Count(page, []byte("\n```")); len(steps) < 10 || fences != 2*len(steps)+2*shown(steps) {
		t.Fatalf("docs/install.md: %d lines begin or end a block, and %d blocks of commands with %d outputs were read", fences, len(steps), shown(steps))
	}
	return steps
}

func shown(steps []step) (n int) {
	for _, s := range steps {
		if s.compared {
			n++
		}
	}
	return n
}

// shows says whether an output is the one that the page shows: … stands for anything in a line,
// and a line of … alone for any lines.
func shows(page, output string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(page) {
		if line == "…\n" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*"))
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(output)
}

// systemFolders are those of the reader's machine.
var systemFolders = regexp.MustCompile(`/etc/mcr|/etc/systemd/system|/usr/local/bin|/var/lib/mcr|/var/backups`)

// machine is the reader's machine.
type machine struct {
	t       *testing.T
	root    string
	values  map[string]string
	said    *heard.Text
	mu      sync.Mutex
	command *exec.Cmd
	exited  chan error
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	for _, tool := range []string{"bash", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("the tutorial needs " + tool)
		}
	}
	m := &machine{t: t, root: t.TempDir(), said: new(heard.Text)}
	for _, folder := range []string{"/etc/systemd/system", "/usr/local/bin", "/var/lib", "/var/backups", "/stand-ins", "/repository/bin", "/repository/deploy/systemd"} {
		if err := os.MkdirAll(m.root+folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, m.root+"/repository/bin/mcr"); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"Caddyfile", "deploy/systemd/mcr.service"} {
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, m.root+"/repository/"+file, m.here(string(text)))
	}
	control, err := net.Listen("unix", m.root+"/systemctl.sock")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(m.systemctl)}
	go func() { _ = server.Serve(control) }()
	t.Cleanup(func() {
		server.Close()
		m.mu.Lock()
		defer m.mu.Unlock()
		_ = m.stop()
		if t.Failed() {
			t.Logf("mcr said:\n%s", m.said)
		}
	})
	// As Debian's sudo does, all variables are taken away.
	m.standIn("sudo", `if [ "$1" = -u ]; then shift 3; fi; exec env -i PATH="$PATH" SUDO_USER=engineer HOME=`+m.root+`/var/lib/mcr "$@"`)
	m.standIn("adduser", `[ "$*" = "--system --group --home `+m.root+`/var/lib/mcr mcr" ]`)
	m.standIn("install", `declare -a kept; while [ $# -gt 0 ]; do case "$1" in -o|-g) shift 2;; *) kept+=("$1"); shift;; esac; done; exec /usr/bin/install "${kept[@]}"`)
	m.standIn("systemctl", `exec curl -sS --fail-with-body --unix-socket `+m.root+`/systemctl.sock --data-binary "$*" http://systemd/`)
	return m
}

func (m *machine) standIn(name, script string) {
	if err := os.WriteFile(m.root+"/stand-ins/"+name, []byte("#!/usr/bin/env bash\n"+script+"\n"), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// here puts the folders of the system below the root, and there takes them out again.
func (m *machine) here(text string) string  { return systemFolders.ReplaceAllString(text, m.root+"$0") }
func (m *machine) there(text string) string { return strings.ReplaceAll(text, m.root, "") }

func (m *machine) systemctl(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var err error
	switch string(body) {
	case "daemon-reload":
	case "enable --now mcr", "start mcr":
		err = m.start()
	case "stop mcr":
		err = m.stop()
	case "restart mcr":
		if err = m.stop(); err == nil {
			err = m.start()
		}
	case "reload mcr":
		var out []byte
		if out, err = m.unit("ExecReload").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	default:
		err = fmt.Errorf("systemctl %s: the test knows no such command", body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// unit gives a command of the unit as it was installed, as systemd would run it.
func (m *machine) unit(name string) *exec.Cmd {
	text, err := os.ReadFile(m.root + "/etc/systemd/system/mcr.service")
	if err != nil {
		m.t.Error(err)
	}
	_, line, _ := strings.Cut(string(text), "\n"+name+"=")
	line, _, _ = strings.Cut(line, "\n")
	words := strings.Fields(line)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = "/", []string{"HOME=" + m.root + "/var/lib/mcr", "PATH=/usr/bin:/bin"}
	return cmd
}

// start starts the program and waits for READY=1 of sd_notify(3).
func (m *machine) start() error {
	socket := m.root + "/notify.sock"
	_ = os.Remove(socket)
	notices, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	m.command = m.unit("ExecStart")
	m.command.Env = append(m.command.Env, "NOTIFY_SOCKET="+socket)
	m.command.Stdout, m.command.Stderr = m.said, m.said
	if err := m.command.Start(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	m.exited = exited
	go func(cmd *exec.Cmd) {
		err := cmd.Wait()
		notices.Close()
		exited <- err
	}(m.command)
	_ = notices.SetReadDeadline(time.Now().Add(time.Minute))
	for buffer := make([]byte, 4096); ; {
		n, err := notices.Read(buffer)
		if err != nil {
			return errors.Join(err, m.stop(), errors.New(m.said.String()))
		}
		if bytes.Contains(buffer[:n], []byte("READY=1")) {
			return nil
		}
	}
}

func (m *machine) stop() error {
	if m.command == nil {
		return nil
	}
	_ = m.command.Process.Signal(syscall.SIGTERM)
	err := <-m.exited
	m.command = nil
	return err
}

const patientOfTutorial = "9990000018"

// surroundings are what the reader has: a FHIR server with a test patient, an issuer, a token.
func (m *machine) surroundings() {
	source := httptest.NewUnstartedServer(nil)
	base := "http://" + source.Listener.Addr().String() + "/R4"
	records, err := fhirserver.New([][]byte{
		[]byte(`{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + patientOfTutorial + `"}],"name":[{"family":"Test","given":["Patient"]}]}`),
		[]byte(`{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005","display":"Allergy to penicillin"}]}}`),
	}, fhirserver.Options{Base: base})
	if err != nil {
		m.t.Fatal(err)
	}
	source.Config.Handler = records
	source.Start()
	m.t.Cleanup(source.Close)

	issuing := httptest.NewUnstartedServer(nil)
	name := "http://" + issuing.Listener.Addr().String()
	gp := issuer.Member{ID: "gp", Name: "Dr Amara Okafor", UserID: "555001000100", RoleCode: "S0010:G0020:R0260", RoleName: "General Medical Practitioner", Organisation: "Z91001", OrgName: "Riverside Surgery", RoleID: "555038001001"}
	tokens, err := issuer.New(issuer.Options{URL: name, Cast: []issuer.Member{gp}})
	if err != nil {
		m.t.Fatal(err)
	}
	issuing.Config.Handler = tokens
	issuing.Start()
	m.t.Cleanup(issuing.Close)
	answer, err := http.Post(name+"/cast/gp/token", "", nil)
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	token, err := io.ReadAll(answer.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(freeAddress(m.t))
	_, metrics, _ := net.SplitHostPort(freeAddress(m.t))
	m.values = map[string]string{
		"SOURCE_BASE": base, "ISSUER": name, "JWKS": tokens.JWKSURL(), "AUDIENCE": issuer.Audience, "TOKEN": strings.TrimSpace(string(token)),
		"GP": gp.UserID, "PRACTICE": gp.Organisation, "PATIENT": patientOfTutorial, "ADDRESS": "localhost:" + port, "METRICS": metrics,
	}
}

var ofValue = regexp.MustCompile(`([A-Z_]+)=(\S+)`)

// own puts the values of this machine in place of those that the page shows.
func (m *machine) own(commands string) string {
	left := len(m.values)
	commands = ofValue.ReplaceAllStringFunc(commands, func(s string) string {
		name, _, _ := strings.Cut(s, "=")
		if m.values[name] == "" {
			m.t.Fatalf("docs/install.md introduces %s, which the test does not know", name)
		}
		left--
		return name + "='" + m.values[name] + "'"
	})
	if left != 0 {
		m.t.Fatalf("docs/install.md does not introduce all values that the test knows")
	}
	return commands
}

func TestInstall(t *testing.T) {
	steps := tutorial(t)
	m := newMachine(t)
	m.surroundings()
	shell := exec.Command("bash", "--noprofile", "--norc")
	shell.Dir = m.root + "/repository"
	shell.Env = []string{"PATH=" + m.root + "/stand-ins:" + m.root + "/usr/local/bin:/usr/bin:/bin", "HOME=" + m.root + "/repository", "LC_ALL=C.UTF-8"}
	shell.Stderr = m.said
	in, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = shell.Wait()
	})
	out := bufio.NewReader(pipe)
	for i, s := range steps {
		commands := m.here(s.commands)
		if i == 0 {
			commands = m.own(commands)
		}
		if asksTrail.MatchString(commands) {
			m.delivered()
		}
		// A command that fails is told, though others come after it.
		fmt.Fprintf(in, "failed=0; trap failed=1 ERR\n{\n%s} 2>&1 </dev/null\ntrap - ERR; printf '%%s\\n\\036' $failed\n", commands)
		text, err := out.ReadString('\036')
		if err != nil {
			t.Fatalf("docs/install.md:%d: the shell ended: %v\n%s", s.line, err, text)
		}
		text = m.there(strings.TrimSuffix(text, "\n\036"))
		failed, text := text[len(text)-1:] == "1", text[:len(text)-1]
		if failed != s.fails {
			t.Fatalf("docs/install.md:%d: a command fails: %v, and the page says %v:\n%s", s.line, failed, s.fails, text)
		}
		if s.compared && !shows(s.output, text) {
			t.Errorf("docs/install.md:%d: the page shows\n%s\nand there is\n%s", s.line, s.output, text)
		}
	}
	m.judgedBySystemd()
	// What the Caddyfile takes from the environment is marked CHANGE, or is told: a variable that
	// is left is one that the page forgets, or whose default it spells in another way.
	text, err := os.ReadFile(m.root + "/etc/mcr/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.Contains(line, "{$MCR_") && !strings.HasPrefix(line, "#") && !strings.Contains(line, "{$MCR_METRICS_HOST:127.0.0.1}") {
			t.Errorf("docs/install.md leaves %q as it is", line)
		}
	}
}

var (
	asksTrail  = regexp.MustCompile(`-u mcr -- mcr audit (?:tail|patient|verify)`)
	noneWaits  = regexp.MustCompile(`(?m)^mcr_audit_spool_pending_records\S* 0$`)
	noneBehind = regexp.MustCompile(`(?m)^mcr_audit_log_behind_records\S* 0$`)
	hasSigned  = regexp.MustCompile(`(?m)^mcr_audit_log_leaves\{\S*organisation=""\S* [1-9]`)
)

// judgedBySystemd has systemd itself read the unit, where there is one.
func (m *machine) judgedBySystemd() {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return
	}
	unit := m.root + "/etc/systemd/system/mcr.service"
	if out, err := exec.Command(analyze, "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		m.t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// delivered waits until all records are in the trail and its log, as they are before a person
// has read on: within the seconds of "proof every".
func (m *machine) delivered() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		answer, err := http.Get("http://127.0.0.1:" + m.values["METRICS"] + "/metrics")
		if err != nil {
			m.t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err == nil && noneWaits.Match(text) && noneBehind.Match(text) && hasSigned.Match(text) {
			return
		}
	}
	m.t.Error("records are not in trail and log after a minute")
}
