package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// checked is a file of which every line can be taken.
type checked struct {
	digest string   // SHA-256, in hexadecimal
	linked [][]spot // the lines with links between NHS numbers, in groups that are taken together
	apart  []int    // the same lines, sorted
}

// check reads every line, alone and against what is on record, and writes nothing.
func (i *importer) check(ctx context.Context) (*checked, error) {
	found := faults{told: i.opt.Told}
	if i.file.utf16() { // no line of it can be read
		found.add(1, errUTF16.Error())
		return nil, found.error(false)
	}
	keys := newKeys(i.opt.Folder)
	defer keys.close()
	var links links
	digest := sha256.New()
	work := func(p *piece) error { return i.checkPiece(ctx, p) }
	err := i.file.pieces(ctx, digest, work, func(p *piece) error {
		for _, l := range p.lines {
			found.add(l.number, l.problems...)
			if l.res == nil {
				continue
			}
			if err := keys.add(l); err != nil {
				return err
			}
			if len(l.res.linked) > 0 && !links.add(l) {
				found.add(l.number, errManyLinks)
			}
		}
		i.progress(Progress{Lines: p.last, Bytes: p.end, Faults: found.count})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = keys.twice(func(line int, kind string, first int) {
		found.add(line, twiceProblem(kind, first))
	})
	if err != nil {
		return nil, err
	}
	out := &checked{digest: hex.EncodeToString(digest.Sum(nil)), linked: links.groups()}
	if found.count == 0 { // else a link may lack its other end
		for _, group := range out.linked {
			if err := i.checkLinks(ctx, group, &found); err != nil {
				return nil, err
			}
			for _, s := range group {
				out.apart = append(out.apart, s.line)
			}
		}
	}
	slices.Sort(out.apart)
	return out, found.error(false)
}

// checkPiece reads lines and compares them with what is on record.
func (i *importer) checkPiece(ctx context.Context, p *piece) error {
	for _, l := range p.lines {
		l.read(&i.reading)
	}
	if err := lookup(ctx, i.into, p.lines); err != nil {
		return err
	}
	for _, l := range p.lines {
		if l.res == nil {
			continue
		}
		plan := l.res.plan(l.old, i.opt.By, i.reading.now)
		if len(l.problems) == 0 {
			l.problems = plan.problems
		}
		if err := l.res.findLinked(ctx, i.into, l.old); err != nil {
			return err
		}
		l.res.entries, l.old = nil, nil // checked: free their memory
	}
	return nil
}
