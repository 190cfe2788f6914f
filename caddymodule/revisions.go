package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// revisions is the folder in which each set of policies that was in force is kept
// as it was: <UTC time>-<beginning of the digest>. The console says what changed
// since the last, and a decision of that time can be made again. They are rules and
// code lists, and hold nothing of any patient.
type revisions string

const revisionTime = "20060102T150405Z"

// keep keeps the policies that are in force, unless they are the newest there.
func (r revisions) keep(policies fs.FS, digest string, now time.Time) error {
	kept, err := r.kept()
	if err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	if len(kept) > 0 && strings.HasSuffix(kept[len(kept)-1], "-"+digest[:12]) {
		return nil
	}
	if err := os.MkdirAll(string(r), 0o700); err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	making, err := os.MkdirTemp(string(r), ".making-")
	if err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	name := now.UTC().Format(revisionTime) + "-" + digest[:12]
	err = os.CopyFS(filepath.Join(making, "policies"), policies)
	if err == nil {
		err = os.Rename(filepath.Join(making, "policies"), filepath.Join(string(r), name))
	}
	if err = errors.Join(err, os.RemoveAll(making)); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	return nil
}

// before gives the policies that were in force before those with a digest.
func (r revisions) before(digest string) (policies fs.FS, name string, ok bool) {
	kept, err := r.kept()
	if err != nil {
		return nil, "", false
	}
	at := len(kept)
	for i, name := range slices.Backward(kept) {
		if strings.HasSuffix(name, "-"+digest[:12]) {
			at = i
			break
		}
	}
	if at == 0 {
		return nil, "", false
	}
	name = kept[at-1]
	return os.DirFS(filepath.Join(string(r), name)), name, true
}

// kept gives the names of what is kept, the oldest first.
func (r revisions) kept() ([]string, error) {
	entries, err := os.ReadDir(string(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}
