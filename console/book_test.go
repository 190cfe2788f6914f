package console_test

import (
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/policies"
)

// readings counts how often a folder of policies is read.
type readings struct {
	fs.FS
	n atomic.Int32
}

func (r *readings) Open(name string) (fs.File, error) {
	if name == "decision.rego" {
		r.n.Add(1)
	}
	return r.FS.Open(name)
}

// Stat looks at what a name stands for, and reads nothing.
func (r *readings) Stat(name string) (fs.FileInfo, error) { return fs.Stat(r.FS, name) }

// The trail's pages and the rules' have one policy book, which takes long to make:
// when the rules are asked for, the folder is read once, to see that it is the same.
func TestTheRoomsShareThePolicyBook(t *testing.T) {
	folder := &readings{FS: policies.FS}
	k := newKit(t, func(c *console.Config) {
		keys, err := protect.CreateKeys(filepath.Join(t.TempDir(), "keys"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Protector, err = protect.NewProtector(keys, protect.Masked); err != nil {
			t.Fatal(err)
		}
		c.Trail, c.Recorder, c.Policies = new(trailtest.Memory), new(notebook), folder
	})
	if n := folder.n.Swap(0); n != 1 {
		t.Errorf("making the console reads the policies %d times", n)
	}
	k.signIn("privacy-officer").Open(k.url("/rules")).Shows(200, "The policy book")
	if n := folder.n.Load(); n != 1 {
		t.Errorf("the rules' first page reads the policies %d times", n)
	}
}
