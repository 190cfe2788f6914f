package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
)

// Program names this program exactly: what Go says of how it was built, and the SHA-256 of
// the file that runs. A set that another program has passed was judged by other checks.
var Program = sync.OnceValues(func() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("naming the program: it holds no build information")
	}
	h := sha256.New()
	fmt.Fprintln(h, info.String())
	f, err := running()
	if err != nil {
		return "", fmt.Errorf("naming the program: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("naming the program: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
})

// running opens the file that runs: on Linux itself, even when another has been put in its
// place since.
func running() (*os.File, error) {
	if f, err := os.Open("/proc/self/exe"); err == nil {
		return f, nil
	}
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}
