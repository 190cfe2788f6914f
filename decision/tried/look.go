package tried

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// looked is how the files of a folder were when somebody looked: of each what changes when it
// is written to, or another is put in its place. It has the fault alone where it could not be.
type looked map[string]string

// look looks at a folder. Nothing is opened: it is done several times a second.
func look(fsys fs.FS) looked {
	out := looked{}
	err := fs.WalkDir(edited{fsys}, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case folder.Hidden(d.Name()) && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), folder.Hidden(d.Name()):
			return nil
		}
		info, err := fs.Stat(fsys, p) // of what a link leads to
		if err != nil {
			return err
		}
		out[p] = fmt.Sprintf("%d %d %v", info.Size(), info.ModTime().UnixNano(), info.Mode())
		return nil
	})
	if err != nil {
		return looked{"": err.Error()}
	}
	return out
}

func (l looked) same(other looked) bool { return maps.Equal(l, other) }

// since names the files that differ.
func (l looked) since(before looked) []string {
	var out []string
	for p, stamp := range l {
		if before[p] != stamp {
			out = append(out, p)
		}
	}
	for p := range before {
		if _, there := l[p]; !there {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// edited is a folder in which somebody is writing, without what editors leave in it for a moment:
// while one saves, it is no fault that such a file has no place there.
type edited struct{ fs.FS }

func (e edited) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(e.FS, name)
	return slices.DeleteFunc(list, func(d fs.DirEntry) bool { return leftover(d.Name()) }), err
}

// leftover says that a file is an editor's own: Vim's swap files and the one by which it tries a
// folder, copies of Emacs and of others.
func leftover(name string) bool {
	switch path.Ext(name) {
	case ".swp", ".swo", ".swx", ".tmp", ".bak":
		return true
	}
	return name == "4913" || strings.HasSuffix(name, "~") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")
}
