package vouch

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Why a statement is not believed. Each error's text is a word for a metric's label.
var (
	ErrMalformed = errors.New("malformed")   // not of the one form; twice; in part
	ErrKey       = errors.New("unknown-key") // of nobody whom the operator named
	ErrStale     = errors.New("stale")       // not of this minute
	ErrSignature = errors.New("signature")   // of another request, or changed
	ErrTrace     = errors.New("trace")       // of another visit
	ErrReplayed  = errors.New("replayed")    // seen before
	ErrFull      = errors.New("full")        // too many to remember: it could have been seen before
)

// within is how far the clocks of signer and verifier may be apart, with the time on the
// way.
const within = 60 * time.Second

// Verifier judges statements. A nil Verifier believes nobody.
type Verifier struct {
	names map[string]string // by public key
	seen  *Seen
	clock func() time.Time
}

// ParseKey reads a public key as Signer.PublicKey gives it.
func ParseKey(text string) (ed25519.PublicKey, error) {
	key, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("reading a public key: %q is not 43 characters of base64url", text)
	}
	return key, nil
}

// NewVerifier makes a Verifier that believes those with the named keys: names by public
// key, as Signer.PublicKey gives it. It remembers in seen. clock is time.Now when it is
// nil.
func NewVerifier(names map[string]string, seen *Seen, clock func() time.Time) (*Verifier, error) {
	if clock == nil {
		clock = time.Now
	}
	for key := range names {
		if _, err := ParseKey(key); err != nil {
			return nil, err
		}
	}
	return &Verifier{names: names, seen: seen, clock: clock}, nil
}

// inputForm is the one Signature-Input that is understood.
var inputForm = regexp.MustCompile(`^` + label + `=(` + regexp.QuoteMeta(listed(components)) +
	`;created=([0-9]{1,12});nonce="([A-Za-z0-9_-]{22})";keyid="([A-Za-z0-9_-]{43})";alg="ed25519";tag="` + tag + `")$`)

// Person gives whom the statement in r speaks for, and the name of who says so. by is ""
// when there is no statement, or none that is believed: err then says why. trace is the
// trace id that r itself bears. A statement is believed once: ask once for each request.
func (v *Verifier) Person(r *http.Request, trace string) (p Person, by string, err error) {
	if len(r.Header[Field]) == 0 {
		return Person{}, "", nil
	}
	input, sum, ok := statement(r)
	if !ok {
		return Person{}, "", ErrMalformed
	}
	p, told, ok := readField(r.Header.Get(Field))
	parts := inputForm.FindStringSubmatch(input)
	if !ok || parts == nil {
		return Person{}, "", ErrMalformed
	}
	if v == nil || v.names[parts[4]] == "" {
		return Person{}, "", ErrKey
	}
	key, err := ParseKey(parts[4])
	if err != nil {
		return Person{}, "", ErrMalformed
	}
	now := v.clock()
	seconds, _ := strconv.ParseInt(parts[2], 10, 64) // of twelve digits
	if age := now.Sub(time.Unix(seconds, 0)); age > within || age < -within {
		return Person{}, "", ErrStale
	}
	base, ok := signatureBase(r, components, parts[1])
	if !ok || !ed25519.Verify(key, []byte(base), sum) {
		return Person{}, "", ErrSignature
	}
	if told != trace {
		return Person{}, "", ErrTrace
	}
	if err := v.seen.take(parts[3], now); err != nil {
		return Person{}, "", err
	}
	return p, v.names[parts[4]], nil
}

// statement gives Signature-Input and the signature, each of which must be there once.
func statement(r *http.Request) (input string, sum []byte, ok bool) {
	for _, name := range []string{Field, "Signature-Input", "Signature"} {
		if values := r.Header[name]; len(values) != 1 || len(values[0]) > 4096 {
			return "", nil, false
		}
	}
	text, ok1 := strings.CutPrefix(r.Header.Get("Signature"), label+"=:")
	text, ok2 := strings.CutSuffix(text, ":")
	sum, err := base64.StdEncoding.Strict().DecodeString(text)
	return r.Header.Get("Signature-Input"), sum, ok1 && ok2 && err == nil && len(sum) == ed25519.SignatureSize
}
