//go:build servers

package intake_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/mycarerecord/mcr/decision/release/intake"
	"github.com/mycarerecord/mcr/internal/servers"
)

// startRegistry starts CNCF Distribution, and gives its address.
func startRegistry(t *testing.T) string {
	t.Helper()
	program, err := servers.Installed("registry/usr/bin/docker-registry")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "config.yml")
	text := fmt.Sprintf("version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %s\nhttp:\n  addr: %s\n", t.TempDir(), address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "serve", config)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if answer, err := http.Get("http://" + address + "/v2/"); err == nil {
			_ = answer.Body.Close() // its status alone counts
			return address
		}
		select {
		case <-ctx.Done():
			t.Fatal("the registry does not answer")
		case <-tick.C:
		}
	}
}

// pushed puts something under a tag, as anybody's tool for registries does.
func pushed(t *testing.T, repository *remote.Repository, tag string, layers ...[]byte) {
	t.Helper()
	var of []ocispec.Descriptor
	for _, layer := range layers {
		one, err := oras.PushBytes(t.Context(), repository, "application/vnd.oci.image.layer.v1.tar+gzip", layer)
		if err != nil {
			t.Fatal(err)
		}
		of = append(of, one)
	}
	manifest, err := oras.PackManifest(t.Context(), repository, oras.PackManifestVersion1_1, "application/vnd.mycarerecord.policies", oras.PackManifestOptions{Layers: of})
	if err == nil {
		err = repository.Tag(t.Context(), manifest, tag)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A release comes from a tag of an OCI registry; it is fetched again when the tag names another.
func TestServersAReleaseComesFromAnOCIRegistry(t *testing.T) {
	p := newPlace(t)
	address := startRegistry(t)
	repository, err := remote.NewRepository(address + "/region/policies")
	if err != nil {
		t.Fatal(err)
	}
	repository.PlainHTTP = true
	source, err := intake.FromRegistry("oci://" + address + "/region/policies:current")
	if err != nil {
		t.Fatal(err)
	}
	b := p.broker(filepath.Join(t.TempDir(), "releases"), source, at(now))
	if err := b.Look(t.Context(), b.takes); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("nothing is there yet: %v", err)
	}
	pushed(t, repository, "current", p.good(1))
	for range 3 {
		b.looks(t)
	}
	pushed(t, repository, "current", p.good(2))
	b.looks(t)
	if fmt.Sprint(b.taken) != "[1 2]" {
		t.Errorf("taken: %v", b.taken)
	}
	pushed(t, repository, "current", []byte("no release"))
	b.looks(t)
	if fmt.Sprint(b.refused) != "[not-whole]" {
		t.Errorf("refused: %v", b.refused)
	}
	pushed(t, repository, "current", p.good(3), p.good(4))
	if err := b.Look(t.Context(), b.takes); err == nil || !strings.Contains(err.Error(), "must have one layer") {
		t.Errorf("two layers: %v", err)
	}
	for _, wrong := range []string{"oci://", "oci://registry.example/policies", "oci://registry.example", "oci://registry.example/UPPER:current"} {
		if _, err := intake.FromRegistry(wrong); err == nil {
			t.Errorf("%s is an address of a release", wrong)
		}
	}
}
