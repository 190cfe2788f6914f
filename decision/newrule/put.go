package newrule

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Put writes a draft into the folder for which it was made: all of it, or nothing. What came to
// be there meanwhile, and a list of reasons that was changed meanwhile, stay as they are.
func (d Draft) Put(dir string) (err error) {
	var made []string // newest last
	defer func() {
		if err != nil {
			slices.Reverse(made)
			for _, p := range made {
				err = errors.Join(err, os.Remove(p))
			}
			err = fmt.Errorf("writing the rule: nothing was written: %w", err)
		}
	}()
	for _, file := range d.Files() {
		text, isNew := d.New[file]
		if !isNew {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(file))
		if under := filepath.Dir(path); !exists(under) {
			if err := os.MkdirAll(under, 0o755); err != nil {
				return err
			}
			made = append(made, under)
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // whoever runs the broker reads it
		if err != nil {
			return err
		}
		made = append(made, path)
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	if d.Reasons == "" {
		return nil
	}
	path := filepath.Join(dir, filepath.FromSlash(reasonsFile))
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != d.was {
		return errors.Join(fmt.Errorf("%s was changed meanwhile: start again", reasonsFile), err)
	}
	temp := path + ".new"
	if err := os.WriteFile(temp, []byte(d.Reasons), info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
