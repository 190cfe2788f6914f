package apart

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// argument is the only one of a program that was started to judge. It is no command: nobody types it.
const argument = "judge-policies-apart"

// able says that this program, started once more, comes to Main.
var able atomic.Bool

// Main is called by a program before it does anything else. Where it was started to judge, it
// judges and ends.
func Main() {
	if len(os.Args) == 2 && os.Args[1] == argument {
		os.Exit(serve(os.Stdin, os.Stdout))
	}
	able.Store(true)
}

// asked is what a child is asked.
type asked struct {
	Revision string
	Limit    time.Duration
	Files    folder.Held
}

// answer is what it says of it.
type answer struct {
	Fingerprint string   `json:"fingerprint"`
	Faults      []string `json:"faults"`
	Loads       bool     `json:"loads"`
	Tests       int      `json:"tests"`
	Cases       int      `json:"cases"`
}

// serve judges what comes in, and gives the status to end with. When the input ends before the
// verdict is out the parent has gone, and so does this.
func serve(in io.Reader, out io.Writer) int {
	lower(os.Getpid())
	var q asked
	if err := gob.NewDecoder(in).Decode(&q); err != nil {
		return 2
	}
	var said atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, in)
		if !said.Load() {
			os.Exit(3)
		}
	}()
	v := check.Judge(context.Background(), q.Files, decision.Options{Revision: q.Revision, Limit: q.Limit})
	a := answer{Fingerprint: q.Files.Fingerprint(), Faults: v.Faults, Loads: v.Loads, Tests: v.Tests, Cases: v.Cases}
	said.Store(true)
	if err := json.NewEncoder(out).Encode(a); err != nil {
		return 4
	}
	return 0
}
