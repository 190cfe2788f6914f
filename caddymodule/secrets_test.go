package caddymodule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/caddymodule"
)

func TestASecretComesFromTheEnvironmentOrAFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return "{file." + path + "}"
	}
	t.Setenv("MCR_TEST_SECRET", "hunter2 %:@/")
	t.Setenv("MCR_TEST_EMPTY", "")
	t.Setenv("MCR_TEST_LINES", "hunter2\nhunter3")
	if err := os.Symlink(filepath.Join(dir, "good"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, value, fault string }{
		"none":                       {"", "", ""},
		"in the environment":         {"{env.MCR_TEST_SECRET}", "hunter2 %:@/", ""},
		"in a file":                  {file("good", "hunter2", 0o600), "hunter2", ""},
		"a line break at its end":    {file("line", "hunter2\n", 0o400), "hunter2", ""},
		"as Windows ends lines":      {file("windows", "hunter2\r\n", 0o600), "hunter2", ""},
		"blanks are its own":         {file("blanks", " hunter2 ", 0o600), " hunter2 ", ""},
		"a link":                     {"{file." + filepath.Join(dir, "link") + "}", "hunter2", ""},
		"the group may read":         {file("group", "hunter2", 0o640), "hunter2", ""},
		"in clear":                   {"hunter2", "", "stands in clear"},
		"in part":                    {"hunter2{env.MCR_TEST_SECRET}", "", "stands in clear"},
		"of another kind":            {"{http.vars.hunter2}", "", "stands in clear"},
		"not set":                    {"{env.MCR_TEST_NOTHING}", "", "{env.MCR_TEST_NOTHING} stands for nothing: the variable is not set, or empty"},
		"set to nothing":             {"{env.MCR_TEST_EMPTY}", "", "the variable is not set, or empty"},
		"of two lines":               {"{env.MCR_TEST_LINES}", "", "not one line of text"},
		"no file":                    {"{file." + filepath.Join(dir, "none") + "}", "", "stands for nothing: the file cannot be read: no such file or directory"},
		"a folder":                   {"{file." + dir + "}", "", "it is not a file"},
		"an empty file":              {file("empty", "", 0o600), "", "the file is empty"},
		"a file of a line break":     {file("break", "\n", 0o600), "", "the file is empty"},
		"a file of two lines":        {file("lines", "hunter2\nhunter3\n", 0o600), "", "not one line of text"},
		"a byte order mark":          {file("bom", "\ufeffhunter2", 0o600), "", "not one line of text"},
		"no text":                    {file("bytes", "hunter2\xff", 0o600), "", "not one line of text"},
		"everybody may read":         {file("open", "hunter2", 0o644), "", "mode 0644 lets others in: chmod 600 it"},
		"the group may write":        {file("written", "hunter2", 0o660), "", "mode 0660 lets others in: chmod 600 it"},
		"a file that is no secret's": {file("long", strings.Repeat("hunter2", 20000), 0o600), "", "too long for a secret"},
	} {
		value, err := caddymodule.SecretOf("client_secret", c.text)
		said := fmt.Sprint(err)
		if value != c.value || (c.fault == "") != (err == nil) || c.fault != "" && !strings.Contains(said, c.fault) {
			t.Errorf("%s: %q, %v", name, value, err)
		}
		if c.text != "{http.vars.hunter2}" && strings.Contains(said, "hunter2") {
			t.Errorf("%s: the error holds the secret: %v", name, err)
		}
	}
}

// However an address is wrong: no error says what is secret in it.
func TestNoErrorOfATrailsAddressHoldsItsPassword(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	late := "{file." + dir + "/password}"
	t.Setenv("MCR_TEST_SECRET", "hunter2")
	for text, fault := range map[string]string{
		"data/trail.db":                                         "",
		"clickhouse://a.example/mcr":                            "",
		"clickhouse://u@a.example/mcr":                          "",
		"clickhouse://u:" + late + "@a.example:9440/mcr":        "",
		"clickhouse://u:{env.MCR_TEST_SECRET}@a.example/mcr":    "",
		"clickhouse://u:hunter2@a.example/mcr":                  "in clear",
		"clickhouse://u:{env.MCR_TEST_SECRET}hunter2@a.example": "in clear",
		"clickhouse://u:hun/ter2@a.example":                     "in clear",
		"clickhouse://{env.MCR_TEST_SECRET}@a.example":          "only the password, or all of it",
		"clickhouse://u:" + late + "@{env.MCR_TEST_SECRET}":     "only the password, or all of it",
		"clickhouse:/u:hunter2@a.example/mcr":                   "begins with clickhouse://",
		"clickhous://u:hunter2@a.example/mcr":                   "begins with clickhouse://",
		"Clickhouse://u:hunter2@a.example/mcr":                  "begins with clickhouse://",
		"https://u:hunter2@a.example:8443/mcr":                  "begins with clickhouse://",
		"u:hunter2@a.example:9440/mcr":                          "begins with clickhouse://",
		"data/{env.MCR_TEST_SECRET}.db":                         "a file is no secret",
		"{env.MCR_TEST_SECRET}":                                 "does not begin with clickhouse://",
		"{env.MCR_TEST_NOTHING}":                                "stands for nothing",
	} {
		address, err := caddymodule.TrailAddress(text)
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v", text, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || address != "") && text != "data/{env.MCR_TEST_SECRET}.db" {
			t.Errorf("%s: %q %v", text, address, err)
		}
	}
	// What an environment holds as a whole, and is wrong.
	for _, whole := range []string{
		"clickhouse://u:hunter2@a b", "clickhouse://u:12hunter2@a.example:port/mcr", "clickhouse://u:12#hunter2@a.example/mcr", "clickhouse://u:12?hunter2=x@a.example/mcr",
		"clickhouse://u:12/hunter2@a.example/mcr", "clickhouse://u:hunter2@x@a.example/mcr", "clickhouse://u:p@a.example/mcr?hunter2=true", "clickhouse://u:%hunter2@a.example",
	} {
		t.Setenv("MCR_TEST_SECRET", whole)
		address, err := caddymodule.TrailAddress("{env.MCR_TEST_SECRET}")
		if err != nil {
			t.Errorf("%s: %v", whole, err)
			continue
		}
		if _, err := clickhouse.ParseDSN(address); err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "12") {
			t.Errorf("%s: %v", whole, err)
		}
	}
}

func TestASecretDoesNotSayWhatItIs(t *testing.T) {
	for text, want := range map[caddymodule.Secret]string{"": "", "{env.A}": "{env.A}", "{file./run/a}": "{file./run/a}", "hunter2": "(a secret in clear)"} {
		if got := fmt.Sprint(text); got != want {
			t.Errorf("%q", got)
		}
	}
}
