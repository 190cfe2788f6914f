package protect

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// RFC 5869 appendix A.3: SHA-256, no salt, no info.
func TestKeysAreDerivedByRFC5869(t *testing.T) {
	const want = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
	if got := hex.EncodeToString(derived(bytes.Repeat([]byte{0x0b}, 22), "", 42)); got != want {
		t.Errorf("derived %s", got)
	}
}

// RFC 4231 test cases 1 and 2, by the hash with which patients are found.
func TestPatientsAreFoundByRFC4231(t *testing.T) {
	for _, c := range []struct {
		key        []byte
		text, want string
	}{
		{bytes.Repeat([]byte{0x0b}, 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{[]byte("Jefe"), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	} {
		m := newMAC(c.key)
		m.Write([]byte(c.text))
		if got := hex.EncodeToString(m.Sum(nil)); got != c.want {
			t.Errorf("%q: %s", c.text, got)
		}
	}
}
