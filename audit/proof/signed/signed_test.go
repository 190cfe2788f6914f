package signed_test

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

func checkpoint() signed.Checkpoint {
	return signed.Checkpoint{
		Origin: signed.Origin("mcr.example", "wend-1", ""), Size: 12, Root: [32]byte{1, 2}, Tied: true,
		Begun: signed.Link{Number: 120, Hash: [32]byte{5}}, Chain: "wend-1", Head: signed.Link{Number: 132, Hash: [32]byte{6}},
	}
}

func TestACheckpointIsReadAsItWasSigned(t *testing.T) {
	key := signed.NewKey(make([]byte, 32))
	raw, err := checkpoint().Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := signed.ParseVerifier(key.LogVerifier("mcr.example/wend-1"))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := signed.Open(raw, verifier)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(checkpoint(), got); diff != "" {
		t.Error(diff)
	}
	if theirs, err := torchwood.ParseCheckpoint(got.Text()); err != nil || theirs.String() != got.Text() {
		t.Errorf("torchwood reads %q, %v", theirs, err)
	}
	if _, _, err := signed.Open([]byte(strings.Replace(string(raw), "\n12\n", "\n13\n", 1)), verifier); err == nil {
		t.Error("another size passed")
	}
	other, _ := signed.ParseVerifier(signed.NewKey([]byte(strings.Repeat("k", 32))).LogVerifier("mcr.example/wend-1"))
	if _, _, err := signed.Open(raw, other); err == nil {
		t.Error("another key passed")
	}
}

// The cosignatures are those of two peers' libraries, both ways.
func TestCosignaturesAreThoseOfOthers(t *testing.T) {
	seed := []byte(strings.Repeat("w", ed25519.SeedSize))
	key, name, text := signed.NewKey(seed), "witness.rxa.example", checkpoint().Text()
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	line, err := key.Cosign(name, text, at)
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(text + "\n" + line)
	theirs, err := formats.NewVerifierForCosignatureV1(key.WitnessVerifier(name))
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(raw, note.VerifierList(theirs))
	if err != nil {
		t.Fatalf("transparency-dev: %v", err)
	}
	if got, ok := signed.CosignedAt(n.Sigs[0]); !ok || !got.Equal(at) {
		t.Errorf("time: %v, %v", got, ok)
	}
	signer, err := torchwood.NewCosignatureSigner(name, ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	if signer.Verifier().String() != key.WitnessVerifier(name) {
		t.Errorf("torchwood has the verifier key %s, we %s", signer.Verifier(), key.WitnessVerifier(name))
	}
	if _, err := note.Open(raw, note.VerifierList(signer.Verifier())); err != nil {
		t.Errorf("torchwood: %v", err)
	}
	ours, err := signed.ParseVerifier(key.WitnessVerifier(name))
	if err != nil || !ours.IsWitness() {
		t.Fatal(err)
	}
	of, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(of, note.VerifierList(ours)); err != nil {
		t.Errorf("ours does not read torchwood's: %v", err)
	}
	if _, err := note.Open([]byte(strings.Replace(string(of), "\n12\n", "\n13\n", 1)), note.VerifierList(ours)); err == nil {
		t.Error("another size passed")
	}
}

func TestNamesStayApart(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"a", "a b", "a/b", "a+b", "a~b", "a%2Fb", "..", ".", "a.b", "É", "a_b", "A"} {
		s := signed.Segment(name)
		if before, twice := seen[s]; twice {
			t.Errorf("%q and %q are both %q", before, name, s)
		}
		seen[s] = name
		if s == "." || s == ".." || strings.ContainsAny(s, "/+ ") {
			t.Errorf("%q: %q", name, s)
		}
	}
}

func TestAKeyFileIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.key")
	if _, err := signed.LoadKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	k, created, err := signed.LoadOrCreateKey(path)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	again, created, err := signed.LoadOrCreateKey(path)
	if err != nil || created || again.LogVerifier("x") != k.LogVerifier("x") {
		t.Fatal(created, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := signed.LoadKey(path); err == nil {
		t.Error("a key that others can read was taken")
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(checkpoint().Text())
	f.Add("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Add("o\n1\n\nx")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := signed.ParseCheckpoint(text)
		theirs, theirErr := torchwood.ParseCheckpoint(text)
		if err == nil && (theirErr != nil || theirs.N != c.Size || theirs.Origin != c.Origin || theirs.Hash != c.Root) {
			t.Errorf("%q: ours %+v, torchwood %+v %v", text, c, theirs, theirErr)
		}
	})
}

func FuzzParseVerifier(f *testing.F) {
	f.Add(signed.NewKey(make([]byte, 32)).LogVerifier("x"))
	f.Add(signed.NewKey(make([]byte, 32)).WitnessVerifier("x"))
	f.Fuzz(func(t *testing.T, vkey string) {
		v, err := signed.ParseVerifier(vkey)
		if err != nil || v.IsWitness() {
			return
		}
		if theirs, err := note.NewVerifier(vkey); err != nil || theirs.KeyHash() != v.KeyHash() || theirs.Name() != v.Name() {
			t.Errorf("%q: %v", vkey, err)
		}
	})
}
