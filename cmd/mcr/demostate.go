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

func writeState(path string, d demo.Description) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
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

// brokersOf is the address that all brokers of the region share.
func brokersOf(d demo.Description) string {
	return strings.TrimSuffix(d.Sources[0].FHIR, "/"+d.Sources[0].ID+"/fhir")
}

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
