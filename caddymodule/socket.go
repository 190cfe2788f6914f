package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
)

// mine are the admin sockets of this process.
var mine sync.Map

// prepareSocket makes the folder of the admin socket, for this user alone, and
// refuses a socket at which another process answers: Caddy would take its place
// without a word, and that process could no longer be told anything.
func prepareSocket(address string) error {
	a, err := caddy.ParseNetworkAddress(address)
	if err != nil || !a.IsUnixNetwork() {
		return nil // Caddy says what is wrong with it
	}
	path, err := socketPath(a.Host)
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return errors.Join(fmt.Errorf("admin: others may write to %s and put a socket of their own there; name another folder", folder), err)
	}
	if _, ours := mine.Load(path); ours {
		return nil
	}
	if c, err := net.Dial("unix", path); err == nil {
		return errors.Join(fmt.Errorf("admin: another process answers at %s; is the broker running already?", path), c.Close())
	}
	mine.Store(path, true)
	return nil
}

// socketPath reads path|mode, and refuses a socket that anybody may use.
func socketPath(host string) (string, error) {
	path, mode, given := strings.Cut(host, "|")
	if strings.HasPrefix(path, "@") {
		return "", errors.New("admin: an abstract socket is open to every program on this machine; name a path")
	}
	if bits, err := strconv.ParseUint(mode, 8, 32); given && err == nil && bits&0o007 != 0 {
		return "", fmt.Errorf("admin: the mode %s lets everybody on this machine change the configuration; take it away (0200 is the default)", mode)
	}
	return path, nil
}
