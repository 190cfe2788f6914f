package release

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// State writes the statement anew, as an attacker may who has a release.
func State(r *Release) error { return r.state() }

// Unpack and Pack change what is carried.
func Unpack(packed []byte) (map[string][]byte, error) { return unpack(packed) }

// Pack packs files.
func Pack(all map[string][]byte) ([]byte, error) { return files(all).pack() }

// Unsound reads a release as a program of somebody's own may, that is content with anything: to
// approve and sign it.
func Unsound(t testing.TB, packed []byte) *Release {
	t.Helper()
	all, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	r := &Release{held: folder.Held{}, others: files{}}
	for p, text := range all {
		switch p {
		case manifestFile, signaturesFile, dataFile, statementFile:
			r.others[p] = text
		default:
			r.held[p] = text
		}
	}
	if err := json.NewDecoder(bytes.NewReader(r.others[statementFile])).Decode(&r.Statement); err != nil {
		t.Fatal(err)
	}
	r.Statement.Fingerprint = r.held.Fingerprint()
	return r
}

// Headed signs a signed release once more, by a key, with a header of somebody's own.
func Headed(t testing.TB, r *Release, k Key, header string) {
	t.Helper()
	var c struct {
		Signatures []string `json:"signatures"`
	}
	if err := json.Unmarshal(r.others[signaturesFile], &c); err != nil {
		t.Fatal(err)
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + strings.Split(c.Signatures[0], ".")[1]
	sum := sha256.Sum256([]byte(signed))
	x, y, err := ecdsa.Sign(rand.Reader, k.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	both := append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...)
	c.Signatures[0] = signed + "." + base64.RawURLEncoding.EncodeToString(both)
	if r.others[signaturesFile], err = json.Marshal(c); err != nil {
		t.Fatal(err)
	}
}
