package signed

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Cosign gives a witness's signature line of a checkpoint's text (cosignature/v1): that
// at a time the witness of that name had seen the log only grow. The witness MUST have
// made durable that it saw this checkpoint.
func (k *Key) Cosign(name, text string, at time.Time) (string, error) {
	if !validName(name) {
		return "", errName
	}
	if _, err := ParseCheckpoint(text); err != nil {
		return "", fmt.Errorf("cosigning: %w", err)
	}
	seconds := uint64(max(at.Unix(), 0))
	key := append([]byte{ed25519Cosignature}, k.private.Public().(ed25519.PublicKey)...)
	sig := binary.BigEndian.AppendUint32(nil, keyHash(name, key))
	sig = binary.BigEndian.AppendUint64(sig, seconds)
	sig = append(sig, ed25519.Sign(k.private, cosigned(seconds, text))...)
	return fmt.Sprintf("— %s %s\n", name, base64.StdEncoding.EncodeToString(sig)), nil
}

// cosigned is the message that a cosignature signs.
func cosigned(seconds uint64, text string) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, text)
}

var errName = errors.New("a name is 1 or more characters without blanks and plus signs")

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsSpace) < 0 && !strings.Contains(name, "+")
}

// Verifier verifies the signatures of one key, of a log or of a witness.
type Verifier struct {
	name    string
	hash    uint32
	public  ed25519.PublicKey
	witness bool
	text    string
}

var _ note.Verifier = (*Verifier)(nil)

// ParseVerifier reads a verifier key: name+hash+key. Of the kinds, Ed25519 signatures of
// logs and Ed25519 cosignatures of witnesses are known.
func ParseVerifier(vkey string) (*Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hash16, key64, _ := strings.Cut(rest, "+")
	hash, err1 := strconv.ParseUint(hash16, 16, 32)
	key, err2 := base64.StdEncoding.Strict().DecodeString(key64)
	switch {
	case errors.Join(err1, err2) != nil || len(hash16) != 8 || len(key) == 0:
		return nil, errors.New("not a verifier key: write it as name+hash+key")
	case !validName(name):
		return nil, errName
	case key[0] != ed25519Note && key[0] != ed25519Cosignature:
		return nil, fmt.Errorf("the verifier key of %s is of kind %d: Ed25519 (1) and its cosignatures (4) are known here", name, key[0])
	case len(key) != 1+ed25519.PublicKeySize || uint32(hash) != keyHash(name, key):
		return nil, fmt.Errorf("the verifier key of %s is damaged: its parts do not belong together", name)
	}
	return &Verifier{name: name, hash: uint32(hash), public: key[1:], witness: key[0] == ed25519Cosignature, text: vkey}, nil
}

// Name is the key's name: of a log, its origin.
func (v *Verifier) Name() string { return v.name }

// KeyHash is the key's id.
func (v *Verifier) KeyHash() uint32 { return v.hash }

// IsWitness says that it verifies cosignatures.
func (v *Verifier) IsWitness() bool { return v.witness }

// String gives the verifier key as it was read.
func (v *Verifier) String() string { return v.text }

// Verify says whether sig is a signature of msg, the text of a note.
func (v *Verifier) Verify(msg, sig []byte) bool {
	if !v.witness {
		return ed25519.Verify(v.public, msg, sig)
	}
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	if _, err := ParseCheckpoint(string(msg)); err != nil || seconds > math.MaxInt64 {
		return false
	}
	return ed25519.Verify(v.public, cosigned(seconds, string(msg)), sig[8:])
}

// CosignedAt gives the time of a cosignature, to the second.
func CosignedAt(s note.Signature) (time.Time, bool) {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(raw) != 4+8+ed25519.SignatureSize {
		return time.Time{}, false
	}
	seconds := binary.BigEndian.Uint64(raw[4:])
	if seconds > math.MaxInt64 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}
