package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// cache gives the folder where installations are kept, and makes it.
func cache() (string, error) {
	dir := os.Getenv("MCR_CACHE")
	if dir == "" {
		root, err := moduleRoot()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(root, ".cache")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("finding go.mod: there is none above the working directory")
		}
	}
}

// once runs install when the marker is not there, one process at a time, and
// then sets the marker. What an interrupted installation left is taken away.
func once(dir string, install func() error) error {
	marker := filepath.Join(dir, ".installed")
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // it holds nothing
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := install(); err != nil {
		return err
	}
	return os.WriteFile(marker, nil, 0o644)
}

// FreePort gives a port of the loopback that nobody listens on, below those
// that the kernel hands out by itself. Somebody may still take it before its
// server does: the caller tries another then.
func FreePort() (int, error) {
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("finding a free port: a hundred were taken")
}
