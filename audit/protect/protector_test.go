package protect_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/nhs"
)

func number(t testing.TB, s string) nhs.Number {
	t.Helper()
	n, err := nhs.ParseNumber(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func protector(t testing.TB, showing protect.Showing) (*protect.Protector, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	keys, err := protect.CreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := protect.NewProtector(keys, showing)
	if err != nil {
		t.Fatal(err)
	}
	return p, path
}

func TestKeysAreTheSameAfterLoading(t *testing.T) {
	p, path := protector(t, protect.Encrypted)
	n := number(t, "9990000018")
	keys, err := protect.LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := protect.NewProtector(keys, protect.Encrypted)
	if p.HMAC(n) != again.HMAC(n) || len(p.HMAC(n)) != 64 {
		t.Error("the HMAC changed with a restart")
	}
	if got, err := again.Reveal(p.Shown(n)); err != nil || got != n {
		t.Errorf("revealing: %v, %v", got, err)
	}
}

func TestKeysFileIsForItsOwnerOnly(t *testing.T) {
	_, path := protector(t, protect.Masked)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("created with mode %v", info.Mode())
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := protect.LoadKeys(path); err == nil {
		t.Error("keys that the group can read were loaded")
	}
	if _, err := protect.CreateKeys(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating over keys: %v", err)
	}
}

func TestKeysFileOfAnotherForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	for _, text := range []string{"", "{}", `{"version":1,"hmac":"AAAA","aes":"AAAA"}`, `{"version":2}`, "c2VjcmV0"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := protect.LoadKeys(path)
		if err == nil {
			t.Fatalf("%q was loaded", text)
		}
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the file: %v", err)
		}
	}
}

func TestShownNumbers(t *testing.T) {
	n, other := number(t, "9990000018"), number(t, "9990000026")
	p, _ := protector(t, protect.Encrypted)
	stranger, _ := protector(t, protect.Encrypted)
	masked, _ := protector(t, protect.Masked)

	shown := p.Shown(n)
	if !strings.HasPrefix(shown, "enc2:1-") || strings.Contains(shown, n.Digits()) {
		t.Errorf("encrypted: %q", shown)
	}
	if p.Shown(n) != shown || p.Shown(other) == shown {
		t.Error("one number has one shown form, another has another")
	}
	if strings.Contains(masked.Shown(n), n.Digits()) || masked.Shown(n) != n.String() {
		t.Errorf("masked: %q", masked.Shown(n))
	}
	if p.Shown(nhs.Number{}) != "" || p.HMAC(nhs.Number{}) != "" {
		t.Error("no number is shown as something")
	}
	if p.HMAC(n) == stranger.HMAC(n) || p.HMAC(n) == p.HMAC(other) {
		t.Error("the HMAC depends on the key and on the number")
	}
	flipped := []byte(shown)
	flipped[len(flipped)-3] ^= 1
	for _, bad := range []string{"", "enc1:", "enc1:AAAA", "enc1:" + shown[5:], "enc2:2" + shown[6:], masked.Shown(n), string(flipped), stranger.Shown(n)} {
		if _, err := p.Reveal(bad); !errors.Is(err, protect.ErrNotRevealed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func BenchmarkProtect(b *testing.B) {
	p, _ := protector(b, protect.Encrypted)
	n := number(b, "9990000018")
	b.ReportAllocs()
	for b.Loop() {
		p.HMAC(n)
		p.Shown(n)
	}
}
