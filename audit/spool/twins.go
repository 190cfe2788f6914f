package spool

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// settle looks for segments that have two files, which is what a crash leaves of packing,
// and gives the names of one for each. A packed file that is whole is the verified copy of
// a segment whose every entry was: the segment is removed. One that is not is set aside.
func (v *recovered) settle(fs FS, dir string, names []string) ([]string, error) {
	best := map[format.Title]string{}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) })
	kept := names[:0]
	for _, name := range names {
		t, aside, ok := format.ParseTitle(name)
		other, twice := best[t]
		switch {
		case !ok || !twice:
			kept = append(kept, name)
			if ok {
				best[t] = name
			}
		case aside:
			v.report.Aside = append(v.report.Aside, name)
		default:
			stays, err := v.choose(fs, dir, other, name)
			if err != nil {
				return nil, fmt.Errorf("%s and %s: %w", other, name, err)
			}
			best[t] = stays
			kept[slices.Index(kept, other)] = stays
		}
	}
	return kept, nil
}

// rank orders the files that a segment may have: the segment, a packed one, those set aside.
func rank(name string) int {
	_, aside, _ := format.ParseTitle(name)
	n := 0
	if isPacked(name) {
		n = 1
	}
	if aside {
		n += 2
	}
	return n
}

// choose gives the one of the two files of a segment that stays.
func (v *recovered) choose(fs FS, dir, plain, twin string) (string, error) {
	f, err := fs.Open(filepath.Join(dir, twin))
	if err != nil {
		return "", err
	}
	sound, err := f.(*packedFile).image.Sound()
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if !sound {
		setAside(fs, dir, &segment{file: twin}, &v.report)
		return plain, nil
	}
	if err := fs.SyncDir(dir); err != nil { // its name must be there before the other goes
		return "", err
	}
	return twin, fs.Remove(filepath.Join(dir, plain))
}

// bound finds where the last segment ends, if it is packed: it had a successor then, so
// whatever is missing up to there is lost, not torn.
func (v *recovered) bound(fs FS, dir string) error {
	if len(v.segments) == 0 || !isPacked(v.segments[len(v.segments)-1].file) {
		return nil
	}
	g := v.segments[len(v.segments)-1]
	f, err := fs.Open(filepath.Join(dir, g.file))
	if err != nil {
		return fmt.Errorf("opening segment %s: %w", g.file, err)
	}
	if limit := f.(*packedFile).image.Limit(); limit != 0 {
		g.limit = limit
	}
	return f.Close()
}
