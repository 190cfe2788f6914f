package book

import (
	"context"
	"io/fs"

	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// ListsAlone compares the lists and files of two folders and decides nothing. Faults of the new
// one's lists are given, and passed over.
func ListsAlone(old, next fs.FS) (c ChangeList, faults, err error) {
	was, err := folder.Read(old)
	if err != nil {
		return c, nil, err
	}
	is, err := folder.Read(next)
	if err != nil {
		return c, nil, err
	}
	a, _ := lists.Read(was.Data)
	b, faults := lists.Read(is.Data)
	c = ChangeList{OldDigest: was.Digest(), NewDigest: is.Digest()}
	c.compareLists(a, b)
	return c, faults, c.compareFiles(old, next)
}

// ChangesFrom is Changes for many folders that are compared with the same: it reads that once.
func ChangesFrom(ctx context.Context, old fs.FS) (func(ctx context.Context, next fs.FS, states States) (ChangeList, error), error) {
	was, err := readSide(ctx, old)
	return func(ctx context.Context, next fs.FS, states States) (ChangeList, error) {
		return was.to(ctx, old, next, states)
	}, err
}
