package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// Secret is an option that is a secret: {env.NAME} or {file./path}, which is read when it is
// used, or empty. One in clear is refused, as is {$NAME}: what it stands for is put in when the
// Caddyfile is read, and then stands in clear in the configuration, at the admin address, and
// in what "mcr adapt" prints.
type Secret string

// String is what a log may show of it.
func (s Secret) String() string {
	if s == "" || late.MatchString(string(s)) {
		return string(s)
	}
	return "(a secret in clear)"
}

// Address is the trail's: a file, or clickhouse://user:password@host:9440/database, where the
// password, or all of the address, is a Secret.
type Address string

// RegistryAddress is the registry's: a file, or postgres://user:password@host/database, where the
// password is a Secret.
type RegistryAddress string

// late is a placeholder for a secret.
var late = regexp.MustCompile(`^\{(env|file)\.([^{}]+)\}$`)

const inClear = "the secret stands in clear in the configuration; write {env.NAME} or {file./path} " +
	"({$NAME} is put in when the file is read, and shows it as well)"

// mostSecret bounds a file that holds a secret, in bytes.
const mostSecret = 64 << 10

// secret gives what a placeholder stands for, which is one line of text, and refuses a secret
// that stands in clear. No error holds the secret.
func secret(option, text string) (string, error) {
	value, err := standsFor(option, text)
	if err == nil && (!utf8.ValidString(value) || strings.HasPrefix(value, "\ufeff") || strings.ContainsFunc(value, unicode.IsControl)) {
		return "", fmt.Errorf("%s: what %s stands for is not one line of text: take away line breaks, tabs and byte order marks", option, text)
	}
	return value, err
}

// secretKey is secret of a private key in PEM, which has lines.
func secretKey(option, text string) (string, error) {
	value, err := standsFor(option, text)
	if err == nil && value != "" && !strings.HasPrefix(strings.TrimSpace(value), "-----BEGIN ") {
		return "", fmt.Errorf("%s: what %s stands for is no private key in PEM", option, text)
	}
	return value, err
}

func standsFor(option, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	from := late.FindStringSubmatch(text)
	if from == nil {
		return "", fmt.Errorf("%s: %s", option, inClear)
	}
	value, why := os.Getenv(from[2]), "the variable is not set, or empty"
	if from[1] == "file" {
		value, why = secretIn(from[2])
	}
	if value == "" {
		return "", fmt.Errorf("%s: %s stands for nothing: %s", option, text, why)
	}
	return value, nil
}

// secretIn reads a file that holds a secret and nothing else; one line break at its end is none
// of it. Why it gives nothing is told. The group may read it: so Kubernetes hands secrets to a
// program that is not root. Whoever else may, or may write it, is one too many.
func secretIn(path string) (value, why string) {
	f, err := os.Open(path)
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			err = fault.Err
		}
		return "", "the file cannot be read: " + err.Error()
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", "the file cannot be looked at"
	case !info.Mode().IsRegular():
		return "", "it is not a file"
	case info.Mode().Perm()&0o027 != 0:
		return "", fmt.Sprintf("mode %04o lets others in: chmod 600 it", info.Mode().Perm())
	case info.Size() > mostSecret:
		return "", "the file is too long for a secret"
	}
	text, err := io.ReadAll(io.LimitReader(f, mostSecret))
	if err != nil {
		return "", "the file cannot be read to its end"
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	return string(text), "the file is empty"
}

// secretWritten says when the file that a placeholder stands for was written last; "" when
// it stands for none. Not a digest: a short secret could be found by one.
func secretWritten(text Secret) string {
	path, of := strings.CutPrefix(string(text), "{file.")
	if !of {
		return ""
	}
	return fileWritten(strings.TrimSuffix(path, "}"))
}

// fileWritten tells one writing of a file from another.
func fileWritten(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "" // told when it is loaded
	}
	return fmt.Sprintf("%d %d", info.ModTime().UnixNano(), info.Size())
}

// TrailAddress gives the address of a trail with what its placeholders stand for,
// and refuses a password in clear: addresses are seen by whoever lists processes or
// reads the configuration. A password needs no escaping where a placeholder stands
// for it. No error holds the address, or what a placeholder stands for.
func TrailAddress(text string) (string, error) {
	parts, err := addressOf(clickhouse.Scheme, text)
	if err != nil {
		return "", err
	}
	if parts.file {
		return text, nil
	}
	if parts.whole {
		value, err := secret("the address", text)
		if err == nil && !strings.HasPrefix(value, clickhouse.Scheme) {
			err = fmt.Errorf("the address: what %s stands for does not begin with %s", text, clickhouse.Scheme)
		}
		if err != nil {
			return "", err
		}
		return value, nil
	}
	if parts.password == "" {
		return text, nil
	}
	value, err := secret("the password", parts.password)
	if err != nil {
		return "", err
	}
	return clickhouse.Scheme + url.UserPassword(parts.user, value).String() + parts.rest, nil
}

// postgresScheme begins the address of a registry in PostgreSQL.
const postgresScheme = "postgres://"

func isPostgres(address string) bool { return strings.HasPrefix(address, postgresScheme) }

// registryAddress takes the password out of a registry's address, and refuses one in clear, as
// TrailAddress does. What stands for it is read each time that password is called; nil when there
// is none.
func registryAddress(text string) (address string, password func() (string, error), err error) {
	parts, err := addressOf(postgresScheme, text)
	switch {
	case err != nil:
		return "", nil, err
	case parts.whole:
		return "", nil, errors.New("the address: only the password may be a placeholder")
	case parts.file, parts.password == "":
		return text, nil, nil
	}
	return postgresScheme + parts.user + parts.rest, func() (string, error) { return secret("the password", parts.password) }, nil
}

// address is an address taken apart.
type address struct {
	file, whole          bool // it is a file's; all of it is one placeholder
	user, password, rest string
}

// hidden is what has a password in it and is no address of a scheme that is known.
var hidden = regexp.MustCompile(`:[^/]*@`)

// addressOf takes an address apart that is a file or begins with a scheme, and refuses one that is
// none, or that has a secret in clear.
func addressOf(scheme, text string) (a address, err error) {
	if late.MatchString(text) {
		return address{whole: true}, nil
	}
	rest, ours := strings.CutPrefix(text, scheme)
	if !ours {
		switch {
		case strings.Contains(text, "://"), hidden.MatchString(text):
			return a, fmt.Errorf("the address: write a file, or an address that begins with %s", scheme)
		case strings.ContainsAny(text, "{}"):
			return a, fmt.Errorf("the address: %s: a file is no secret, and may not be a placeholder (write {$NAME}, which is put in when the Caddyfile is read)", text)
		}
		return address{file: true}, nil
	}
	// A placeholder for a file has slashes: the last @ ends the user, wherever it is.
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		a.rest = rest
	} else {
		a.user, a.password, _ = strings.Cut(rest[:at], ":")
		a.rest = rest[at:]
	}
	if a.password != "" && !late.MatchString(a.password) {
		return address{}, errors.New("the password: " + inClear)
	}
	if strings.ContainsAny(a.user+a.rest, "{}") {
		return address{}, errors.New("the address: only the password, or all of it, may be a placeholder")
	}
	return a, nil
}
