package check

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	reading "github.com/mycarerecord/mcr/decision/internal/folder"
)

// Formatted lays out a file of rules as OPA's own formatter does, with Unix line
// ends.
func Formatted(file string, text []byte) ([]byte, error) {
	return format.SourceWithOpts(file, bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), format.Opts{RegoVersion: ast.RegoV1})
}

// Format lays out every file of rules and tests below a folder. With write it
// writes those that change, each whole or not at all and with the mode that it had;
// without, it only says which would, and then gives ErrFaults. A file that cannot be
// read as a rule is told and left as it is.
func Format(folder string, write bool, w io.Writer) error {
	var faults fault.List
	changed, seen := 0, 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".rego" {
			return err
		}
		seen++
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		text, err := reading.ReadFile(os.DirFS(folder), name)
		if err != nil {
			return err
		}
		out, err := Formatted(name, text)
		if err != nil {
			c := &checker{text: map[string]string{name: strings.ReplaceAll(string(text), "\r\n", "\n")}}
			if f, bad := textFault(name, c.text[name]); bad {
				c.add(f)
			} else {
				c.rego(name, err)
			}
			faults = append(faults, c.faults...)
			return nil
		}
		if bytes.Equal(out, text) {
			return nil
		}
		changed++
		if !write {
			fmt.Fprintf(w, "%s would change.\n", name)
			return nil
		}
		if err := replace(path, out); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s is laid out anew.\n", name)
		return nil
	})
	if err != nil {
		return fmt.Errorf("formatting policies: %w", err)
	}
	if seen == 0 {
		return fmt.Errorf("formatting policies: there are no rules (*.rego) below %s", folder)
	}
	WriteFaults(w, faults)
	switch {
	case len(faults) > 0:
		fmt.Fprintf(w, "\n%s: what cannot be read is left as it is.\n", fault.Count(len(faults)))
	case changed == 0:
		fmt.Fprintln(w, "All rules are laid out as they should be.")
		return nil
	case write:
		return nil
	}
	return fmt.Errorf("formatting policies: %w", ErrFaults)
}

// replace writes a file whole or not at all, with the mode that it had. Of a link,
// it is what the link leads to that is written.
func replace(path string, text []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	was, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(text); err != nil {
		return err
	}
	if err = temp.Chmod(was.Mode().Perm()); err != nil {
		return err
	}
	if err = temp.Sync(); err != nil {
		return err
	}
	if err = temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
