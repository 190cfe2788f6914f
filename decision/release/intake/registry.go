package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/mycarerecord/mcr/decision/release"
)

// registry is a repository of an OCI registry (OCI Distribution Specification 1.1): the tag names a
// manifest, whose one layer is the release. Its digests are verified as they are read.
type registry struct{ repository *remote.Repository }

// RegistryScheme begins the address of a repository: oci://registry.example/policies:current.
const RegistryScheme = "oci://"

// mostManifest bounds a manifest, in bytes.
const mostManifest = 1 << 20

// FromRegistry gives the source that is a tag in an OCI registry. Plain HTTP is spoken on loopback
// alone; where the registry asks for a token, one for anybody is fetched.
func FromRegistry(address string) (Source, error) {
	repository, err := remote.NewRepository(strings.TrimPrefix(address, RegistryScheme))
	if err != nil {
		return nil, err
	}
	if repository.Reference.Reference == "" {
		return nil, fmt.Errorf("%s: name the tag too, as in oci://registry.example/policies:current", address)
	}
	host, _, err := net.SplitHostPort(repository.Reference.Host())
	if err != nil {
		host = repository.Reference.Host()
	}
	ip := net.ParseIP(host)
	repository.PlainHTTP = host == "localhost" || ip != nil && ip.IsLoopback()
	repository.Client = &auth.Client{Client: newClient(), Cache: auth.NewCache()}
	return registry{repository}, nil
}

// CanaryFromRegistry gives what is published under the tag canary, beside what is at an address.
func CanaryFromRegistry(address string) (Source, error) {
	source, err := FromRegistry(address)
	if err != nil {
		return nil, err
	}
	source.(registry).repository.Reference.Reference = canaryTag
	return source, nil
}

const canaryTag = "canary"

func (r registry) Fetch(ctx context.Context, tag string) (f Fetched, err error) {
	named, err := r.repository.Resolve(ctx, r.repository.Reference.Reference)
	if errors.Is(err, errdef.ErrNotFound) {
		return f, fmt.Errorf("%s: %w: %w", r.repository.Reference, ErrNothing, err)
	}
	if err != nil {
		return f, err
	}
	if f.Tag = named.Digest.String(); f.Tag == tag {
		return f, nil
	}
	if named.Size > mostManifest {
		return Fetched{}, fmt.Errorf("the manifest of %s has %d bytes", r.repository.Reference, named.Size)
	}
	text, err := content.FetchAll(ctx, r.repository, named)
	if err != nil {
		return Fetched{}, err
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil || len(manifest.Layers) != 1 {
		return Fetched{}, fmt.Errorf("%s is no release: its manifest must have one layer, which is the release", r.repository.Reference)
	}
	layer := manifest.Layers[0]
	if layer.Size > release.MostPacked {
		f.Packed = make([]byte, release.MostPacked+1) // refused as too large, and not read
		return f, nil
	}
	if f.Packed, err = content.FetchAll(ctx, r.repository, layer); err != nil {
		return Fetched{}, err
	}
	return f, nil
}
