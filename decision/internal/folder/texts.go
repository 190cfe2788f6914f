package folder

import (
	"io"
	"io/fs"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// mostBytes bounds what is read of a folder: the shipped policies are 300 KB.
const mostBytes = 64 << 20

// Texts takes in all that a folder holds, once: who judges, decides and keeps goes by the
// same bytes. What a system or an editor puts there for itself, and no list of files shows,
// is left out: it is no rule and no list, whatever it is called.
func Texts(fsys fs.FS) (map[string]string, error) {
	all := map[string]string{}
	size := 0
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case Hidden(d.Name()) && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), Hidden(d.Name()):
			return nil
		}
		text, err := readAtMost(fsys, p, mostBytes-size)
		size += len(text)
		all[p] = text
		return err
	})
	return all, err
}

// ReadFile reads one file of a folder.
func ReadFile(fsys fs.FS, p string) ([]byte, error) {
	text, err := readAtMost(fsys, p, mostBytes)
	return []byte(text), err
}

func readAtMost(fsys fs.FS, p string, most int) (string, error) {
	info, err := fs.Stat(fsys, p) // of what a link leads to
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for ever
		return "", fault.In(p, "take it away: a folder of policies holds folders and files", "this is no file")
	}
	f, err := fsys.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(text) > most {
		err = fault.In(p, "take away what is no rule, list or case", "with this file the folder holds more than %d MiB: policies do not", mostBytes>>20)
	}
	return string(text), err
}

// Hidden says that a file or a folder of this name is a system's or an editor's own: .git,
// .DS_Store, ..data of Kubernetes, and what Windows writes beside pictures.
func Hidden(name string) bool {
	switch strings.ToLower(name) {
	case "thumbs.db", "desktop.ini":
		return true
	}
	return len(name) > 1 && name[0] == '.'
}
