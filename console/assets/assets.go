// Package assets holds the console's style sheet and scripts, bundled from src by
// `make assets` and embedded here. A program built without that step serves plain,
// whole pages without them, and says so when it starts.
//
// A file's name holds a digest of what is in it, so that a browser may keep it for ever:
// another program has other names, and under an old one there is nothing. Each was
// compressed when it was built, with Brotli and gzip. Nothing of anybody's is in them and
// nothing of a request is, so that their length tells nothing.
//
// Everything here may be used by many goroutines at once.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"path"

	"github.com/mycarerecord/mcr/console/coding"
)

//go:embed all:dist
var dist embed.FS

// What every page has.
const (
	Style  = "console.css"
	Script = "console.js"
)

// Name is how Style or Script is called in this program, such as console.5ZQ2KX3B.css; ""
// when it was built without.
func Name(of string) string { return names[of] }

// Built says whether the program was built with its assets.
func Built() bool { return Name(Style) != "" }

var (
	names = called()
	files = read()
)

func called() map[string]string {
	called := map[string]string{}
	if text, err := dist.ReadFile("dist/names.json"); err != nil || json.Unmarshal(text, &called) != nil {
		return nil // built without
	}
	return called
}

// file is one file, by coding.
type file struct {
	media string // the content type
	coded map[string]coded
}

type coded struct {
	bytes []byte
	tag   string // RFC 9110, section 8.8.3: another for each coding
}

var (
	media   = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
	endings = map[string]string{coding.Identity: "", coding.Brotli: ".br", coding.Gzip: ".gz"}
)

func read() map[string]file {
	all := map[string]file{}
	entries, err := dist.ReadDir("dist")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		of := media[path.Ext(entry.Name())]
		if of == "" {
			continue
		}
		one := file{media: of, coded: map[string]coded{}}
		for name, ending := range endings {
			if text, err := dist.ReadFile("dist/" + entry.Name() + ending); err == nil {
				sum := sha256.Sum256(text)
				one.coded[name] = coded{text, `"` + hex.EncodeToString(sum[:12]) + `"`}
			}
		}
		all[entry.Name()] = one
	}
	return all
}
