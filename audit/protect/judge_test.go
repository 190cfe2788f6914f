package protect_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
)

// What Python's cryptography 48 (OpenSSL 3) made with the keys of this file: the epoch's
// id (HKDF), the key of a patient (HMAC), a key for a further use (HKDF-Expand), and a
// number encrypted under a nonce that this program would never choose (AES-256-GCM).
const (
	judgedFile  = `{"version":2,"root":"gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=","epochs":[{"id":"2-e97c3e04","hmac":"QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=","aes":"YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8="}]}`
	judgedHMAC  = "44a684bae00dde0e11fbcd8608be5035a261bbb327afc6ad74898f1eebcc4708"
	judgedKey   = "f3b723f6b734fd7458532eff5adfb5537d2f37355149af574f75e89163a6ed63"
	judgedShown = "enc2:2-e97c3e04:yMnKy8zNzs_Q0dLTuTgX-WFWGL2OdRssggGlEtOa1AuL0itJbIs"
)

func TestAnotherLibraryMadeTheSame(t *testing.T) {
	k, _ := loaded(t, judgedFile)
	n, p := number(t, "9990000018"), protectorOf(t, k)
	if p.HMAC(n) != judgedHMAC {
		t.Errorf("HMAC %s", p.HMAC(n))
	}
	if got := hex.EncodeToString(k.Derive("mcr checkpoint 1")); got != judgedKey {
		t.Errorf("derived %s", got)
	}
	if got, err := p.Reveal(judgedShown); err != nil || got != n {
		t.Errorf("revealed %v, %v", got, err)
	}
}

// An auditor with the keys file and Python, and nothing of ours, finds a patient in an
// exported trail, whatever epoch the record is of.
func TestPythonFindsAPatientByAnExportedEpoch(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	path := filepath.Join(t.TempDir(), "keys")
	k, err := protect.CreateKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	k = put(t, k.Rotated(time.Now()), path)
	n := number(t, "9990000018")
	const script = `
import base64, hashlib, hmac, json, sys
for epoch in reversed(json.load(open(sys.argv[1]))["epochs"]):
    print(hmac.new(base64.b64decode(epoch["hmac"]), sys.argv[2].encode(), hashlib.sha256).hexdigest())`
	out, err := exec.Command(python, "-c", script, path, n.Digits()).Output()
	if want := strings.Join(protectorOf(t, k).Find(n), "\n") + "\n"; err != nil || string(out) != want {
		t.Errorf("%v: python says\n%swant\n%s", err, out, want)
	}
}

func FuzzLoadKeys(f *testing.F) {
	f.Add([]byte(oldKeys))
	f.Add([]byte(judgedFile))
	f.Add([]byte(`{"version":2,"root":"","epochs":[{"id":"1-"}],"withdrawn":[{"id":"-1-00000000"}]}`))
	path := filepath.Join(f.TempDir(), "keys")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := protect.LoadKeys(path)
		if err != nil {
			return
		}
		// What is read is written as what is read again.
		again := put(t, k.Rotated(time.Now()), path)
		a, _ := json.Marshal(again.Epochs()[:len(k.Epochs())])
		if len(again.Epochs()) != len(k.Epochs())+1 {
			t.Errorf("%s: %s", text, a)
		}
	})
}
