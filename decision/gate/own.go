package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/own"
)

// Own is an organisation's own rules, in force beside a set.
type Own struct {
	// FS is the folder as it was read; Composed is what the rules are loaded from.
	FS, Composed fs.FS
	Fingerprint  string // of FS
	Revision     *decision.Revision
	Tests, Cases int
	// Kept is its name among those that were in force, when what stands in the folder is not fit; Faults
	// say why.
	Kept   string
	Faults []string

	held folder.Held
}

// ownFolder is where own rules are read: a folder or, once they are in force, what was read of it.
type ownFolder struct {
	fs.FS
	kept   string
	faults []string
}

// Settle has the own rules beside a set that is in force stay what they are: another set, such as a
// release, is joined with these very ones or not at all, whatever somebody is writing in their folders
// meanwhile. A reload, which has a gate of its own, reads these again. Nothing may be admitted meanwhile.
func (g *Gate) Settle(set *Set) {
	for of, o := range set.Own {
		g.own[of] = ownFolder{o.FS, o.Kept, o.Faults}
	}
	g.ownByLastGood = false
}

// keptOwn is where the own rules of an organisation are kept that were in force.
func (g *Gate) keptOwn(of string) revisions { return revisions(filepath.Join(g.data, "own", of)) }

// beside puts the own rules of every organisation beside a set that was let through. There is no set
// without those that it is to have.
func (g *Gate) beside(ctx context.Context, set *Set) (*Set, error) {
	if len(g.own) == 0 {
		return set, nil
	}
	set.Own = map[string]*Own{}
	all := map[string]*decision.Revision{}
	refused := &Refused{Fingerprint: set.Fingerprint}
	for _, of := range slices.Sorted(maps.Keys(g.own)) {
		o, err := g.admitOwn(ctx, set, of)
		if err != nil {
			for _, line := range faultsOf(err) {
				refused.Faults = append(refused.Faults, fmt.Sprintf("the own rules of %s: %s", of, line))
			}
			continue
		}
		set.Own[of], all[of] = o, o.Revision
	}
	if len(refused.Faults) > 0 {
		return nil, refused
	}
	rev, err := set.Revision.Beside(all)
	if err != nil {
		refused.Faults = []string{err.Error()}
		return nil, refused
	}
	set.Revision = rev
	return set, nil
}

func faultsOf(err error) []string {
	if r := (*Refused)(nil); errors.As(err, &r) {
		return r.Faults
	}
	return []string{err.Error()}
}

// admitOwn lets the own rules of an organisation in: those of its folder or, at a start, the last good ones.
func (g *Gate) admitOwn(ctx context.Context, set *Set, of string) (*Own, error) {
	from := g.own[of]
	o, err := g.judgeOwn(ctx, set, of, from.FS)
	if err == nil {
		o.Kept, o.Faults = from.kept, from.faults
		return o, nil
	}
	if !g.ownByLastGood || ctx.Err() != nil {
		return nil, err
	}
	names, _ := g.keptOwn(of).kept() // none is there, or none can be read
	for _, name := range slices.Backward(names) {
		last, lastErr := g.judgeOwn(ctx, set, of, os.DirFS(filepath.Join(string(g.keptOwn(of)), name)))
		if lastErr == nil {
			last.Kept, last.Faults = name, faultsOf(err)
			return last, nil
		}
	}
	return nil, err
}

func (g *Gate) judgeOwn(ctx context.Context, set *Set, of string, fsys fs.FS) (*Own, error) {
	held, err := folder.Hold(fsys)
	if err != nil {
		return nil, err
	}
	o := &Own{FS: held, Fingerprint: held.Fingerprint(), held: held}
	if o.Composed, err = own.Compose(set.all, held); err != nil {
		return nil, err
	}
	// What was let through is these rules for this organisation beside this very set of the region's.
	sum := sha256.Sum256(fmt.Appendf(nil, "own rules of %s: %s beside %s", of, o.Fingerprint, set.Fingerprint))
	fingerprint := hex.EncodeToString(sum[:])
	program, err := Program()
	if err != nil {
		program = ""
	}
	if s, ok := g.passed(fingerprint, program); ok {
		if o.Revision, err = decision.Load(ctx, o.Composed, decision.Options{Log: g.log}); err == nil {
			o.Tests, o.Cases = s.Tests, s.Cases
			return o, nil
		}
	}
	v := check.Own{Region: set.all, Folder: held, Of: of}.Judge(ctx, set.Revision)
	if len(v.Faults) > 0 {
		return nil, &Refused{Fingerprint: fingerprint, Faults: v.Faults}
	}
	o.Revision, o.Tests, o.Cases = v.Revision, v.Tests, v.Cases
	if program != "" && !g.only {
		if err := g.write(seal{Fingerprint: fingerprint, Program: program, Tests: o.Tests, Cases: o.Cases, At: g.clock().UTC()}); err != nil {
			g.log.Warn("the verdict on own rules could not be kept: the next start judges them anew", slog.Any("error", err))
		}
	}
	return o, nil
}

// keepOwn keeps the own rules that are in force.
func (g *Gate) keepOwn(set *Set) error {
	for _, of := range slices.Sorted(maps.Keys(set.Own)) {
		if err := makeFolder(filepath.Join(g.data, "own")); err != nil {
			return fmt.Errorf("keeping own rules: %w", err)
		}
		o := set.Own[of]
		if err := g.keptOwn(of).keep(o.held, o.Revision.Digest(), g.clock()); err != nil {
			return err
		}
	}
	return nil
}

// decidedBeside loads the own rules that decided beside the region's, and gives both; nil where they are
// not kept.
func (g *Gate) decidedBeside(ctx context.Context, region *decision.Revision, by decision.DecidedBy) *decision.Revision {
	if by.Own == "" {
		return region
	}
	if filepath.Base(by.Organisation) != by.Organisation {
		return nil
	}
	texts := region.Files()
	base := folder.Held{}
	for _, files := range []map[string]string{texts.Rules, texts.Data, {folder.SchemaFile: texts.Schema}} {
		for p, text := range files {
			base[p] = []byte(text)
		}
	}
	for _, kept := range g.keptOwn(by.Organisation).decided(by.Own) {
		composed, err := own.Compose(base, kept.FS)
		if err != nil {
			continue
		}
		rev, err := decision.Load(ctx, composed, decision.Options{Limit: region.Limit()})
		if err != nil || rev.Digest() != by.Own {
			continue
		}
		if both, err := region.Beside(map[string]*decision.Revision{by.Organisation: rev}); err == nil {
			return both
		}
	}
	return nil
}
