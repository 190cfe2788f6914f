package ship

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/spool"
)

// WordAt is where word is left of a data folder that is gone: beside it.
func WordAt(data string) string { return filepath.Clean(data) + ".gone" }

// LeaveWord writes, beside a data folder that is gone or was replaced while its broker
// ran, how far the broker had numbered its records: a checkpoint. With the folder its own
// checkpoint is gone, and the next start would take itself for the first.
func LeaveWord(path string, k *protect.Keys, m audit.Mark) error {
	c := &Checkpoint{path: path, key: k.Derive(checkpointKey)}
	return c.write(m)
}

// TakeWord takes the word that was left at path, if any, before StartCheck. A spool that
// holds what the word tells of is the one that was gone, and the word is no longer needed.
// Else the word takes the checkpoint's place: StartCheck then says what is missing, and
// AcceptGap accepts it. So it is too when the keys are others than those it was left under.
// Not so when the checkpoint was written after the word and misses more of the spool.
func TakeWord(path, checkpoint string, sp *spool.Spool, k *protect.Keys, broker string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	word, err := OpenCheckpoint(path, k, broker)
	if err != nil {
		return fmt.Errorf("taking the word left at %s: %w", path, err)
	}
	there, err := OpenCheckpoint(checkpoint, k, broker)
	if err != nil {
		return fmt.Errorf("taking the word left at %s: %w", path, err)
	}
	last, hash := sp.Last()
	holds := func(m audit.Mark) bool { return behind(sp, last, hash, m.Seq, m.Hash, "its word") == nil }
	_, bad := word.missing()
	none, badThere := there.missing()
	knowsMore := !none && badThere == nil && there.Mark().Seq >= word.Mark().Seq && !holds(there.Mark())
	if bad == nil && (holds(word.Mark()) || knowsMore) {
		err = os.Remove(path)
	} else {
		err = os.Rename(path, checkpoint)
	}
	if err != nil {
		return fmt.Errorf("taking the word left at %s: %w", path, err)
	}
	return nil
}
