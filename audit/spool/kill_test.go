package spool_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// TestKilledProcessKeepsItsPromises kills a writing process, several times on the
// same directory, and looks for each entry that it had said was durable.
func TestKilledProcessKeepsItsPromises(t *testing.T) {
	killAndLook(t, "TestKilledProcessKeepsItsPromises")
}

func killAndLook(t *testing.T, test string) {
	if dir := os.Getenv("SPOOL_KILL_DIR"); dir != "" {
		writeUntilKilled(dir)
	}
	dir := t.TempDir()
	promised := map[uint64]string{}
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
		cmd.Env = append(os.Environ(), "SPOOL_KILL_DIR="+dir, fmt.Sprint("SPOOL_KILL_ROUND=", round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			var seq uint64
			var text string
			if _, err := fmt.Sscan(lines.Text(), &seq, &text); err == nil {
				promised[seq] = text
			}
			if n == 100+37*round {
				cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
	}
	s := open(t, dir, killOptions())
	if r := s.Stats().Report; !r.Clean() {
		t.Errorf("%+v", r)
	}
	there := map[uint64]string{}
	for i, e := range readAll(t, s, 0) {
		if e.Seq != uint64(i+1) {
			t.Fatalf("entry %d at place %d", e.Seq, i+1)
		}
		there[e.Seq] = string(e.Payload)
	}
	if len(promised) < 500 {
		t.Errorf("only %d entries were promised", len(promised))
	}
	for seq, text := range promised {
		if there[seq] != text {
			t.Fatalf("entry %d: %q, promised %q", seq, there[seq], text)
		}
	}
}

// writeUntilKilled says on its standard output what is durable.
func writeUntilKilled(dir string) {
	s, err := spool.Open(dir, killOptions())
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	round := os.Getenv("SPOOL_KILL_ROUND")
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				text := fmt.Sprintf("%s-%d-%d", round, w, i)
				e, err := s.Append(context.Background(), []byte(text))
				if err != nil {
					fmt.Println("failed:", err)
					os.Exit(1)
				}
				os.Stdout.WriteString(fmt.Sprintln(e.Seq, text))
			}
		}()
	}
	select {}
}
