package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/internal/demo"
)

// stateFile is where a running region says where it is.
func stateFile(data string) string { return filepath.Join(data, "demo.json") }

// writeJSON writes what a region says of itself into its data folder.
func writeJSON(path string, of any) error {
	text, err := json.MarshalIndent(of, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

var errNoRegion = errors.New("no region is running here; start it with: mcr demo, or say with --data which folder it runs on")

// findRegion gives the description of the region that runs on a data folder.
func findRegion(ctx context.Context, data string) (demo.Description, error) {
	text, err := os.ReadFile(stateFile(data))
	if errors.Is(err, fs.ErrNotExist) {
		return demo.Description{}, errNoRegion
	}
	if err != nil {
		return demo.Description{}, err
	}
	var d demo.Description
	if err := json.Unmarshal(text, &d); err != nil || len(d.Sources) == 0 {
		return demo.Description{}, fmt.Errorf("reading %s: not a region's description; remove it", stateFile(data))
	}
	if !answers(ctx, brokersOf(d)+"/healthz") {
		return demo.Description{}, errNoRegion
	}
	return d, nil
}

// brokersOf is the address of the region's first process: of console and collector, and of all
// brokers when there is no other.
func brokersOf(d demo.Description) string { return strings.TrimSuffix(d.Console, "/console/") }

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// describe prints the running region's description.
func describe(ctx context.Context, opt demoOptions, out io.Writer) error {
	d, err := findRegion(ctx, opt.data)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}
