package main_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// witnessProcess runs mcr audit witness and gives what it prints at the start: its address, and the
// line for a policy.
func (s *site) witnessProcess(logs string) (line string) {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.dir, "logs")
	write(s.t, file, logs)
	command := exec.Command(path, "audit", "witness", "--name", "w.example", "--folder", filepath.Join(s.dir, "witness"), "--listen", "127.0.0.1:0", "--logs", file)
	out, err := command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	command.Stderr = s.said
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		if err := command.Wait(); err != nil {
			s.t.Errorf("the witness ended: %v", err)
		}
	})
	said := bufio.NewScanner(out)
	said.Scan()
	address, ok := strings.CutPrefix(said.Text(), "listening on ")
	if !ok || !said.Scan() {
		s.t.Fatalf("the witness said %q", said.Text())
	}
	return said.Text() + " " + address
}

// comes waits until it is so, for a minute at most.
func (s *site) comes(what string, is func() bool) {
	s.t.Helper()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-end.C:
			s.t.Fatalf("this has not come after a minute: %s", what)
		case <-tick.C:
		}
	}
}

func (s *site) served(path string) (int, string) {
	s.t.Helper()
	resp, err := http.Get("http://" + s.listen + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// The journey of a proof: a broker, a witness as a process of its own, and somebody who has
// nothing but a file and public keys.
func TestARecordIsProvedToAnOutsider(t *testing.T) {
	s := newSite(t, answering("x"), "")
	config := filepath.Join(s.dir, "Caddyfile")
	policy := filepath.Join(s.dir, "policy")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("\t\tid test\n"), []byte("\t\tid test\n\t\tproof {\n\t\t\torigin mcr.example\n\t\t\tevery 50ms\n\t\t\theartbeat 10s\n\t\t\tpolicy "+policy+"\n\t\t}\n"), 1)
	text = bytes.Replace(text, []byte("\tbroker_health\n"), []byte("\tbroker_health\n\tbroker_log\n"), 1)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, policy, "quorum none\n")
	ask := func() string {
		t.Helper()
		status, id, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), "")
		if err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
		return id
	}
	mcr := s.ran

	s.start()
	ask()
	published := func(log, size string) func() bool {
		return func() bool {
			status, text := s.served("/log/" + log + "/checkpoint")
			return status == http.StatusOK && strings.Contains(text, "\n"+size+"\n")
		}
	}
	s.comes("the first record is published", published("test/RZ1", "1"))
	s.stop()
	logs := mcr("audit", "log-key", "--data", filepath.Join(s.dir, "data"))
	if strings.Count(logs, "\n") != 2 || !strings.Contains(logs, "log mcr.example/test/RZ1+") {
		t.Fatalf("log-key: %s", logs)
	}

	witness := s.witnessProcess(logs)
	write(t, policy, witness+"\nquorum w.example\n")
	believed := filepath.Join(s.dir, "believed")
	write(t, believed, logs+witness+"\nquorum w.example\n")
	s.start()
	id := ask()
	s.comes("the second record is cosigned", published("test", "2"))
	s.comes("the second record is cosigned for its organisation", published("test/RZ1", "2"))
	if status, text := s.served("/readyz"); status != http.StatusOK || !strings.Contains(text, `"status":"ok"`) {
		t.Errorf("readyz: %d %s", status, text)
	}
	if _, text := s.served("/metrics"); !strings.Contains(text, `mcr_audit_log_leaves{broker="test",organisation="RZ1"} 2`) ||
		!strings.Contains(text, `mcr_audit_witness_quorum{broker="test"} 1`) {
		t.Error("the metrics do not tell it")
	}

	s.comes("the store has it", func() bool { return s.recorded()[id] == 1 })
	for args, want := range map[string]string{
		"patient 9990000018": "\nWhen this was asked the log mcr.example/test had 2 entries and the root ", "tail --json": "\n" + `{"logs":[{"log":"mcr.example/test","entries":2,"root":"`,
	} {
		if said := mcr(append([]string{"audit"}, strings.Fields(args)...)...); !strings.Contains(said, want) {
			t.Errorf("%s does not say what the log was:\n%s", args, said)
		}
	}
	file := filepath.Join(s.dir, "record.tlog-proof")
	for _, of := range [][]string{nil, {"--source-org", "RZ1"}} {
		mcr(append([]string{"audit", "prove", id, "-o", file}, of...)...)
		said := mcr("audit", "check-proof", file, "--policy", believed)
		for _, words := range []string{"Proved: the record is entry 1 of the log mcr.example/test", "which had 2 entries", "w.example (w.example) cosigned it on", id + " (of test)"} {
			if !strings.Contains(said, words) {
				t.Errorf("%q is not said:\n%s", words, said)
			}
		}
	}
	mcr("audit", "prove", id, "--without-record", "-o", file)
	if said := mcr("audit", "check-proof", file, "--policy", believed); !strings.Contains(said, "its entry alone") {
		t.Errorf("without the record: %s", said)
	}
	proof, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, strings.Replace(string(proof), "index 1", "index 0", 1))
	if said, err := s.run("audit", "check-proof", file, "--policy", believed); err == nil || !strings.Contains(said, "not proved") {
		t.Errorf("another index: %v %s", err, said)
	}
	key := strings.Fields(logs)[1]
	write(t, file, string(proof))
	if said := mcr("audit", "check-proof", file, "--key", key); !strings.Contains(said, "rests on the log alone") {
		t.Errorf("by the log's key alone: %s", said)
	}
	if said, err := s.run("audit", "check-proof", file); err == nil || !strings.Contains(said, "whom you believe") {
		t.Errorf("by nobody's key: %v %s", err, said)
	}

	// Whoever can write the store alters a record: no proof is made of it.
	s.stop()
	s.deleteRecords("WHERE key = (SELECT max(key) FROM record)")
	if said, err := s.run("audit", "prove", id); err == nil || !strings.Contains(said, "no such record") {
		t.Errorf("of a record that is gone: %v %s", err, said)
	}
}
