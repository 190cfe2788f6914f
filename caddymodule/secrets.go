package caddymodule

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// late is a placeholder that Caddy resolves when it is used. {$NAME} is none: it is
// resolved when the Caddyfile is read, and what it stands for is in clear in the
// configuration, at the admin address, and in what "mcr adapt" prints.
var late = regexp.MustCompile(`^\{(env\.[^{}]+|file\.[^{}]+)\}$`)

// secret gives what a placeholder stands for, and refuses a secret that stands in
// clear. No error holds the secret.
func secret(option, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if !late.MatchString(text) {
		return "", fmt.Errorf("%s: the secret stands in clear in the configuration; write {env.NAME} or {file./path} "+
			"({$NAME} is put in when the file is read, and shows it as well)", option)
	}
	value, err := caddy.NewReplacer().ReplaceOrErr(text, true, true)
	if err != nil {
		return "", fmt.Errorf("%s: %s stands for nothing: set it", option, text)
	}
	return value, nil
}

// secretWritten says when the file that a placeholder stands for was written last; "" when
// it stands for none. Not a digest: a short secret could be found by one.
func secretWritten(text string) string {
	path, of := strings.CutPrefix(text, "{file.")
	if !of {
		return ""
	}
	info, err := os.Stat(strings.TrimSuffix(path, "}"))
	if err != nil {
		return "" // told when it is loaded
	}
	return fmt.Sprintf("%d %d", info.ModTime().UnixNano(), info.Size())
}

// TrailAddress gives the address of a trail with what its placeholders stand for,
// and refuses a password in clear: addresses are seen by whoever lists processes or
// reads the configuration. A password needs no escaping where a placeholder stands
// for it.
func TrailAddress(text string) (string, error) {
	if late.MatchString(text) {
		return secret("the address", text)
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return caddy.NewReplacer().ReplaceOrErr(text, true, true)
	}
	// A placeholder for a file has slashes: the last @ ends the user, wherever it is.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, password, has := strings.Cut(rest[:at], ":")
		if has && password != "" {
			value, err := secret("the password", password)
			if err != nil {
				return "", err
			}
			rest = url.UserPassword(user, value).String() + rest[at:]
		}
	}
	return scheme + "://" + rest, nil
}
