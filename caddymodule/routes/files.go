package routes

import (
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// files are folders and files that no site may hand out.
type files []string

// hands judges a folder that a site hands out files of. "" is the folder in which the
// program runs, unless a "root" says otherwise: that is judged where it stands.
func (w *walk) hands(where spot, handler, root, system string) {
	if system != "" {
		w.fault(where, handler, system, "hands out files of "+system+", which is not known here", "hand out a folder: root * /srv/pages")
		return
	}
	if root == "{http.vars.root}" {
		root = ""
	}
	said := root
	if root = caddy.NewReplacer().ReplaceKnown(root, ""); strings.Contains(root, "{") {
		w.fault(where, handler, said, "hands out a folder that is known only while it runs: "+said, "write it out")
		return
	}
	if root == "" {
		root = "."
	}
	if kept := w.kept.at(root); kept != "" {
		w.fault(where, handler, said, "hands out "+root+", and with it what the broker keeps in "+kept, "give pages a folder of their own: root * /srv/pages")
		return
	}
	if link, kept := w.kept.linked(root); kept != "" {
		w.fault(where, handler, said, "hands out "+link+", a link to what the broker keeps in "+kept, "take the link away")
	}
}

// mostEntries bounds how many files of a folder are looked at for links.
const mostEntries = 20_000

// linked finds a link in a folder to what is kept.
func (kept files) linked(root string) (link, to string) {
	entries := 0
	_ = filepath.WalkDir(whole(root), func(path string, d fs.DirEntry, err error) error {
		if entries++; entries > mostEntries {
			return fs.SkipAll
		}
		if err == nil && d.Type()&fs.ModeSymlink != 0 {
			if to = kept.at(path); to != "" {
				link = path
				return fs.SkipAll
			}
		}
		return nil // what cannot be read is not handed out either
	})
	return link, to
}

// at gives what is kept at, above or below a path; "" when nothing is.
func (kept files) at(path string) string {
	here := whole(path)
	for _, k := range kept {
		there := whole(k)
		if within(here, there) || within(there, here) {
			return k
		}
	}
	return ""
}

// whole is a path from the root, with the links in it followed as far as they exist.
func whole(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		if there, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(there, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

func within(inner, outer string) bool {
	rel, err := filepath.Rel(outer, inner)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}
