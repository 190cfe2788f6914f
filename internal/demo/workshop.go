package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/durable"
	"github.com/mycarerecord/mcr/policies"
)

// Workshop is where the region's policies are approved and published, and the keys of the people who
// do: two who approve, and the publisher. Its brokers fetch from there.
type Workshop struct {
	Trust string // the key set that the brokers believe
	Site  string // the folder in which releases are published
	Keys  string // the folder of the private keys
}

// people of the workshop, by the file of their key.
var approvers = map[string]struct {
	name string
	may  release.May
}{
	"ann.key": {"Dr Ann Caldicott", release.Approve}, "ben.key": {"Ben Officer", release.Approve}, "publisher.key": {"region-publisher", release.Sign},
}

// byProgram is the author of the releases that this program publishes.
const byProgram = "mcr demo"

// OpenWorkshop makes a workshop in a folder, or finds the one that is there. The policies in the program
// are published where nothing is, or where others of this program's are.
func OpenWorkshop(ctx context.Context, folder string, now time.Time) (w Workshop, err error) {
	w = Workshop{Trust: filepath.Join(folder, "keys.json"), Site: filepath.Join(folder, "site"), Keys: folder}
	if err := os.MkdirAll(w.Site, 0o755); err != nil {
		return w, err
	}
	if _, err := os.Stat(w.Trust); errors.Is(err, fs.ErrNotExist) {
		if err := w.makeKeys(); err != nil {
			return w, fmt.Errorf("making the keys of the policies: %w", err)
		}
	}
	if err := w.publishShipped(ctx, now); err != nil {
		return w, fmt.Errorf("publishing the policies: %w", err)
	}
	return w, nil
}

func (w Workshop) makeKeys() error {
	var set []json.RawMessage
	for file, person := range approvers {
		key, err := release.NewKey(person.name)
		if err != nil {
			return err
		}
		private, err := key.Private()
		if err != nil {
			return err
		}
		public, err := key.Public(person.may)
		if err != nil {
			return err
		}
		if err := durable.Replace(filepath.Join(w.Keys, file), private); err != nil {
			return err
		}
		set = append(set, public)
	}
	text, err := json.MarshalIndent(map[string]any{"keys": set}, "", "  ")
	if err != nil {
		return err
	}
	return durable.Replace(w.Trust, text) // the last: the keys are all there
}

// publishShipped publishes the policies in the program, approved by the workshop's people.
func (w Workshop) publishShipped(ctx context.Context, now time.Time) error {
	place := release.Place(w.Site)
	last, err := place.Last()
	if err != nil {
		return err
	}
	if last > 0 {
		is, err := place.Statement(last)
		if err != nil {
			return err
		}
		shipped, err := decision.Fingerprint(policies.FS)
		if err != nil || is.Author != byProgram || is.Fingerprint == shipped {
			return err
		}
	}
	text, err := os.ReadFile(w.Trust)
	if err != nil {
		return err
	}
	trust, err := release.ParseTrust(text)
	if err != nil {
		return err
	}
	one, err := release.Build(ctx, policies.FS, release.Statement{
		Serial: last + 1, Revision: fmt.Sprintf("shipped-%d", last+1), Author: byProgram, Reason: "the policies in the program",
	}, now)
	if err != nil {
		return err
	}
	for _, file := range []string{"ann.key", "ben.key", "publisher.key"} {
		text, err := os.ReadFile(filepath.Join(w.Keys, file))
		if err != nil {
			return err
		}
		key, err := release.ParseKey(text)
		if err != nil {
			return err
		}
		if approvers[file].may == release.Approve {
			err = one.Approve(key, now)
		} else {
			err = one.Sign(key)
		}
		if err != nil {
			return err
		}
	}
	packed, err := one.Pack()
	if err != nil {
		return err
	}
	brokersJudge := func(context.Context, fs.FS) error { return nil }
	_, err = place.Publish(ctx, packed, trust, now, brokersJudge)
	return err
}

// global are the lines of the global broker block by which brokers go by what is published.
func (w Workshop) global() []string {
	return []string{"releases {", "\tfrom " + Word(w.Site), "\ttrust " + Word(w.Trust), "\tevery 1s", "}"}
}
