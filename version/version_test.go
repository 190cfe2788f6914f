package version

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatGoWroteIsRead(t *testing.T) {
	settings := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-11-30T03:00:00Z"}, {Key: "vcs.modified", Value: "true"}}
	at := time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		info  debug.BuildInfo
		named string
		want  Build
	}{
		"nothing": {want: Build{Version: Unknown}},
		"no tag":  {debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Path: module, Version: "(devel)"}, Settings: settings}, "", Build{Version: Unknown, Go: "go1.26", Commit: "0123456789abcdef", Time: at, Dirty: true}},
		"a tag":   {debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}, Deps: []*debug.Module{{Path: caddy, Version: "v2.11.9"}}}, "", Build{Version: "v1.2.3", Caddy: "v2.11.9"}},
		"named":   {debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}}, "v4.5.6", Build{Version: "v4.5.6"}},
		"a library": {debug.BuildInfo{Main: debug.Module{Path: "example.org/gateway", Version: "v9.9.9"}, Settings: settings, Deps: []*debug.Module{{Path: module, Version: "v1.2.3"}}}, "",
			Build{Version: "v1.2.3"}},
	} {
		if diff := cmp.Diff(c.want, of(&c.info, c.named)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The judge is Go's own tool, and git: a small program of this module's name, built from a tag,
// after it, with a change, and without its repository.
func TestAProgramThatIsBuiltFromATagShowsIt(t *testing.T) {
	for _, tool := range []string{"git", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	source, err := os.ReadFile("version.go")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"go.mod":             "module " + module + "\n\ngo 1.24\n",
		"version/version.go": string(source),
		"cmd/mcr/main.go":    "package main\n\nimport (\n\t\"encoding/json\"\n\t\"os\"\n\n\t\"" + module + "/version\"\n)\n\nfunc main() { _ = json.NewEncoder(os.Stdout).Encode(version.This()) }\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@t.example", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@t.example",
			"GIT_AUTHOR_DATE=2026-11-30T03:00:00Z", "GIT_COMMITTER_DATE=2026-11-30T03:00:00Z", "GOFLAGS=", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	vcs := "false"
	built := func(flags ...string) (b Build) {
		t.Helper()
		do("go", append(append([]string{"build", "-buildvcs=" + vcs, "-o", "mcr.out"}, flags...), "./cmd/mcr")...)
		if err := json.Unmarshal([]byte(do("./mcr.out")), &b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("mcr.out\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b := built("-ldflags", "-X "+module+"/version.named=v4.5.6"); b.Version != "v4.5.6" || b.Commit != "" {
		t.Errorf("without a repository: %+v", b)
	}
	do("git", "init", "--quiet")
	vcs = "true" // whatever this machine is set to
	do("git", "add", ".gitignore", "go.mod", "version", "cmd")
	do("git", "commit", "--quiet", "-m", "one")
	do("git", "tag", "v1.2.3")
	commit := do("git", "rev-parse", "HEAD")
	if b := built(); b.Version != "v1.2.3" || b.Commit != commit || b.Dirty || !b.Time.Equal(time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("of a tag: %+v", b)
	}
	do("git", "commit", "--quiet", "--allow-empty", "-m", "two")
	if b := built(); !strings.HasPrefix(b.Version, "v1.2.4-0.20261130030000-") || b.Dirty {
		t.Errorf("after a tag: %+v", b)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+module+"\n\ngo 1.24\n// changed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b := built(); !strings.HasSuffix(b.Version, "+dirty") || !b.Dirty || !strings.Contains(b.String(), "with changes that no commit has") {
		t.Errorf("with a change: %+v", b)
	}
}
