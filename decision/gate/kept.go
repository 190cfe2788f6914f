package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/durable"
)

// revisions is the folder in which each set of policies that was in force is kept
// as it was: <UTC time>-<beginning of the digest>. The console says what changed
// since the last, a decision of that time can be made again, and a start can go by
// the last good one. They are rules and code lists, and hold nothing of any patient.
type revisions string

const revisionTime = "20060102T150405Z"

// making is how the name of what is not whole yet begins.
const making = ".making-"

// keep keeps a set that is in force, durably, unless it is the newest there.
func (r revisions) keep(set folder.Held, digest string, now time.Time) error {
	kept, err := r.kept()
	if err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	newest := ""
	if len(kept) > 0 {
		newest = kept[len(kept)-1]
		there, err := folder.Hold(os.DirFS(filepath.Join(string(r), newest)))
		if err == nil && there.Fingerprint() == set.Fingerprint() {
			return nil
		}
	}
	if err := makeFolder(string(r)); err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	r.tidy()
	at, err := os.MkdirTemp(string(r), making)
	if err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	err = copyTo(at, set)
	if err == nil {
		err = r.put(at, digest, now, newest)
	}
	if err = errors.Join(err, os.RemoveAll(at)); err != nil {
		return fmt.Errorf("keeping the policies: %w", err)
	}
	return nil
}

// put gives what was made its name, which comes after that of the newest, whatever the
// clock says.
func (r revisions) put(at, digest string, now time.Time, newest string) error {
	stamp, _, _ := strings.Cut(newest, "-")
	if last, err := time.Parse(revisionTime, stamp); err == nil && !now.UTC().Truncate(time.Second).After(last) {
		now = last.Add(time.Second)
	}
	if err := os.Rename(at, filepath.Join(string(r), now.UTC().Format(revisionTime)+"-"+digest[:12])); err != nil {
		return err
	}
	return durable.SyncDir(string(r))
}

// tidy takes away what a process that was killed left half made.
func (r revisions) tidy() {
	entries, err := os.ReadDir(string(r))
	if err != nil {
		return // keep says so
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), making) {
			_ = os.RemoveAll(filepath.Join(string(r), e.Name()))
		}
	}
}

// copyTo writes all files below a folder, each synced.
func copyTo(dir string, f folder.Held) error {
	folders := map[string]bool{dir: true}
	for _, p := range f.Paths() {
		to := filepath.Join(dir, filepath.FromSlash(p))
		if err := durable.MkdirWithin(dir, filepath.Dir(to)); err != nil {
			return err
		}
		folders[filepath.Dir(to)] = true
		if err := writeSynced(to, f[p]); err != nil {
			return err
		}
	}
	for d := range folders {
		if err := durable.SyncDir(d); err != nil {
			return err
		}
	}
	return nil
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
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
	for at--; at >= 0; at-- { // several in a row may differ in their tests alone
		if !strings.HasSuffix(kept[at], "-"+digest[:12]) {
			return os.DirFS(filepath.Join(string(r), kept[at])), kept[at], true
		}
	}
	return nil, "", false
}

// decided gives the folders that may hold the policies with a digest, the newest first: they may
// differ in their tests. Somebody's copy will do, since whoever asks compares the digest.
func (r revisions) decided(digest string) (all []Named) {
	entries, err := os.ReadDir(string(r))
	if err != nil || len(digest) < 12 {
		return nil
	}
	for _, e := range slices.Backward(entries) {
		if name := e.Name(); e.IsDir() && !strings.HasPrefix(name, ".") && strings.HasSuffix(name, "-"+digest[:12]) {
			all = append(all, Named{name, os.DirFS(filepath.Join(string(r), name))})
		}
	}
	return all
}

// keptName is how keep names a set. A copy that somebody put beside the others, "old" or
// "before-christmas", comes after all of them in the alphabet, and was in force at no time.
var keptName = regexp.MustCompile(`^\d{8}T\d{6}Z-[0-9a-f]{12}$`)

// kept gives the names of what is kept, the oldest first.
func (r revisions) kept() ([]string, error) {
	entries, err := os.ReadDir(string(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && keptName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}
