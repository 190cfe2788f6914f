package attack

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Forgery is a token made from a real one (a JWT), without its issuer's key unless
// it is signed by the issuer.
type Forgery struct {
	From   string         `yaml:"from"`   // whose token; default that of whoever asks
	Header map[string]any `yaml:"header"` // set in its header
	Set    map[string]any `yaml:"set"`    // set in its claims; texts may hold {names}
	Remove []string       `yaml:"remove"` // taken from its claims
	Again  map[string]any `yaml:"again"`  // written a second time, after the real ones
	First  map[string]any `yaml:"first"`  // written a second time, before the real ones
	// Sign: kept (the real signature), empty, none (two parts only), broken (one bit
	// turned), other-key (signed well, by a key of nobody's), own-jwk (the same, with
	// the public key in the header), public-pem, public-jwk
	// (HMAC with the issuer's public key as the secret), issuer (by the issuer:
	// applicable only where the profile says how).
	Sign string `yaml:"sign"`
}

var signs = []string{"kept", "empty", "none", "broken", "other-key", "own-jwk", "public-pem", "public-jwk", "issuer"}

func (f Forgery) faults() (faults []string) {
	if !slices.Contains(signs, f.Sign) {
		faults = append(faults, "token.sign: give one of "+strings.Join(signs, ", "))
	}
	return faults
}

func (f Forgery) texts() (all []string) {
	for _, values := range []map[string]any{f.Header, f.Set, f.Again, f.First} {
		for name, v := range values {
			all = append(all, name)
			text, _ := json.Marshal(v) // what YAML gives mostly has a JSON form; what has none fails when it is made
			all = append(all, string(text))
		}
	}
	return append(all, f.Remove...)
}

// make forges the token. keys are the issuer's; value expands names.
func (f Forgery) make(genuine string, keys issuerKeys, value names) (string, error) {
	parts := strings.Split(genuine, ".")
	if len(parts) != 3 {
		return "", missing("the token is no JWT, and cannot be taken apart")
	}
	header, err1 := base64.RawURLEncoding.DecodeString(parts[0])
	claims, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	if err1 != nil || err2 != nil {
		return "", missing("the token is no JWT, and cannot be taken apart")
	}
	set := f.Header
	if f.Sign == "public-pem" || f.Sign == "public-jwk" {
		set = with(set, "alg", "HS256")
	}
	if f.Sign == "other-key" || f.Sign == "own-jwk" {
		set = with(set, "alg", "ES256")
	}
	if f.Sign == "own-jwk" {
		jwk, err := strangersKey.jwk()
		if err != nil {
			return "", err
		}
		set = with(set, "jwk", jwk)
	}
	if header, err := f.edit(header, set, nil, nil, nil, value); err != nil {
		return "", err
	} else if claims, err = f.edit(claims, f.Set, f.Remove, f.First, f.Again, value); err != nil {
		return "", err
	} else {
		return f.sign(header, claims, parts[2], keys)
	}
}

func with(values map[string]any, name string, value any) map[string]any {
	out := maps.Clone(values)
	if out == nil {
		out = map[string]any{}
	}
	if _, given := out[name]; !given {
		out[name] = value
	}
	return out
}

// edit changes a JSON object as text, so that a name can stand in it twice.
func (f Forgery) edit(object []byte, set map[string]any, remove []string, first, again map[string]any, value names) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil {
		return nil, missing("the token holds no JSON object, and cannot be taken apart")
	}
	write := func(into map[string]json.RawMessage, from map[string]any) error {
		for name, v := range from {
			text, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("forging a token: %s: %w", name, err)
			}
			plain, err := expand(string(text), value)
			if err != nil {
				return err
			}
			if name, err = expand(name, value); err != nil {
				return err
			}
			into[name] = json.RawMessage(plain)
		}
		return nil
	}
	if err := write(fields, set); err != nil {
		return nil, err
	}
	for _, name := range remove {
		plain, err := expand(name, value)
		if err != nil {
			return nil, err
		}
		delete(fields, plain)
	}
	before, after := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := write(before, first); err != nil {
		return nil, err
	}
	if err := write(after, again); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, some := range []map[string]json.RawMessage{before, fields, after} {
		for _, name := range slices.Sorted(maps.Keys(some)) {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			quoted, _ := json.Marshal(name) // a string always has a JSON form
			b.Write(quoted)
			b.WriteByte(':')
			b.Write(some[name])
		}
	}
	return []byte("{" + b.String() + "}"), nil
}

func (f Forgery) sign(header, claims []byte, kept string, keys issuerKeys) (string, error) {
	b64 := base64.RawURLEncoding
	if f.Sign == "issuer" {
		return keys.sign(header, claims)
	}
	text := b64.EncodeToString(header) + "." + b64.EncodeToString(claims)
	switch f.Sign {
	case "none":
		return text, nil
	case "empty":
		return text + ".", nil
	case "broken":
		raw, err := b64.DecodeString(kept)
		if err != nil || len(raw) == 0 {
			return "", missing("the token has no signature to break")
		}
		raw[len(raw)/2] ^= 1
		return text + "." + b64.EncodeToString(raw), nil
	case "other-key", "own-jwk":
		signature, err := strangersKey.sign(rand.Reader, []byte(text))
		if err != nil {
			return "", err
		}
		return text + "." + b64.EncodeToString(signature), nil
	case "public-pem", "public-jwk":
		secret, err := keys.public(f.Sign == "public-pem")
		if err != nil {
			return "", err
		}
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return text + "." + b64.EncodeToString(mac.Sum(nil)), nil
	}
	return text + "." + kept, nil
}
