package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// Format is the version of the file.
const Format = 1

// Draft is a folder of policies with what was changed in it.
type Draft struct {
	Format int `json:"format"`
	// Begun is when it was begun, By by whom.
	Begun time.Time `json:"begun"`
	By    string    `json:"by"`
	// Base is the folder that it began with, by path.
	Base map[string]string `json:"base"`
	// Changes are in the order in which they were made.
	Changes []Change `json:"changes"`
}

// Change is one change: a file as it is since.
type Change struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what"` // in words
	File string    `json:"file"`
	Text string    `json:"text"`
}

// begin makes a draft of a folder in which nothing was changed yet.
func begin(fsys fs.FS, by string, now time.Time) (*Draft, error) {
	held, err := folder.Hold(fsys)
	if err != nil {
		return nil, err
	}
	d := &Draft{Format: Format, Begun: now.UTC(), By: by, Base: map[string]string{}}
	for p, text := range held {
		if !utf8.Valid(text) { // the file of a draft is JSON, which would keep something else
			return nil, fmt.Errorf("%s: it is not UTF-8", p)
		}
		d.Base[p] = string(text)
	}
	return d, nil
}

// parse reads what write made.
func parse(text []byte) (*Draft, error) {
	var d Draft
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("it is cut off, or no draft: %w", err)
	}
	if d.Format != Format {
		return nil, fmt.Errorf("its format is %d, and this program reads %d", d.Format, Format)
	}
	if len(d.Base) == 0 {
		return nil, errors.New("it holds no folder")
	}
	for p := range d.Base {
		if !fs.ValidPath(p) || p == "." {
			return nil, fmt.Errorf("%q is no file of a folder", p)
		}
	}
	for _, c := range d.Changes {
		if !Changeable(c.File) {
			return nil, fmt.Errorf("%q is not changed in a draft", c.File)
		}
	}
	return &d, nil
}

// Changeable reports whether a file may be changed in a draft: settings, lists, reasons and cases.
func Changeable(file string) bool {
	dir, name := path.Split(file)
	switch dir {
	case "data/", folder.CodesFolder + "/":
		return strings.HasSuffix(name, ".json") && name != ".json"
	case folder.CasesFolder + "/":
		return strings.HasSuffix(name, ".yaml") && name != ".yaml"
	}
	return false
}

// FS is the folder as the draft has it.
func (d *Draft) FS() fs.FS { return d.held() }

func (d *Draft) held() folder.Held {
	all := d.texts()
	held := make(folder.Held, len(all))
	for p, text := range all {
		held[p] = []byte(text)
	}
	return held
}

func (d *Draft) texts() map[string]string {
	all := maps.Clone(d.Base)
	for _, c := range d.Changes {
		all[c.File] = c.Text
	}
	return all
}

// Began is the folder that the draft began with.
func (d *Draft) Began() fs.FS { return (&Draft{Base: d.Base}).held() }

// Text gives a file of the draft; "" where there is none.
func (d *Draft) Text(file string) string {
	for i := len(d.Changes) - 1; i >= 0; i-- {
		if d.Changes[i].File == file {
			return d.Changes[i].Text
		}
	}
	return d.Base[file]
}

// Fingerprint is that of the folder as the draft has it (gate.Fingerprint).
func (d *Draft) Fingerprint() string { return d.held().Fingerprint() }

// Errors of a desk.
var (
	ErrNone    = errors.New("there is no draft")
	ErrThere   = errors.New("there is a draft already")
	ErrChanged = errors.New("somebody else changed the draft meanwhile")
	ErrPlace   = errors.New("this file is not changed in a draft")
	ErrTooMuch = errors.New("the draft is too large: take changes back, or propose it")
)
