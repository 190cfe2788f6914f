// Package version says which program this is. It is the one source of that: for mcr version,
// the log, the metrics, the admin address and the capability statement.
//
// Go writes it into a program as it is built: the tag of the commit, or of a build between tags
// a pseudo-version (https://go.dev/ref/mod#pseudo-versions), with the commit and its time. What
// is built of sources without their repository is told it:
//
//	go build -ldflags "-X github.com/mycarerecord/mcr/version.named=v1.2.3" ./cmd/mcr
//
// All of it may be used by many goroutines at once.
package version

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// module and caddy are the modules' paths in a program's build information.
const (
	module = "github.com/mycarerecord/mcr"
	caddy  = "github.com/caddyserver/caddy/v2"
)

// Unknown is the version of a program that was built of sources without their repository.
const Unknown = "unknown"

// named is the version that the linker was told; it goes before what Go wrote.
var named string

// Build is one build of the program.
type Build struct {
	// Version is a tag such as "v1.2.3", between tags a pseudo-version, with "+dirty" when
	// the sources were not those of a commit; or Unknown.
	Version string `json:"version"`
	// Commit is the commit's 40 hexadecimal digits, and Time its time; empty when not known.
	Commit string    `json:"commit,omitempty"`
	Time   time.Time `json:"time,omitzero"`
	// Dirty is true when the sources had changes that no commit has.
	Dirty bool `json:"dirty"`
	// Go is the version of Go that built it, such as "go1.26.5"; Caddy that of Caddy in it,
	// such as "v2.11.9", or empty where there is none.
	Go    string `json:"go"`
	Caddy string `json:"caddy,omitempty"`
}

// This is the build that runs.
var This = sync.OnceValue(func() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return of(info, named)
})

// of reads what Go wrote. Where this module is another program's library, the version is that
// of the module, and no commit is known.
func of(info *debug.BuildInfo, named string) Build {
	b := Build{Version: named, Go: info.GoVersion}
	written := ""
	for _, d := range info.Deps {
		switch d.Path {
		case caddy:
			b.Caddy = d.Version
		case module:
			written = d.Version
		}
	}
	if info.Main.Path == module {
		written = info.Main.Version
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.time":
				b.Time, _ = time.Parse(time.RFC3339, s.Value) // what is no time is not known
			case "vcs.modified":
				b.Dirty = s.Value == "true"
			}
		}
	}
	if written == "(devel)" {
		written = ""
	}
	for _, v := range []string{written, Unknown} {
		if b.Version == "" {
			b.Version = v
		}
	}
	return b
}

// String is one line for people.
func (b Build) String() string {
	parts := []string{"mcr " + b.Version}
	switch {
	case b.Commit == "":
		parts = append(parts, "of no known commit")
	default:
		parts = append(parts, fmt.Sprintf("commit %.12s of %s", b.Commit, b.Time.UTC().Format("2006-01-02 15:04:05 UTC")))
	}
	if b.Dirty {
		parts = append(parts, "with changes that no commit has")
	}
	parts = append(parts, b.Go)
	if b.Caddy != "" {
		parts = append(parts, "Caddy "+b.Caddy)
	}
	return strings.Join(parts, ", ")
}
