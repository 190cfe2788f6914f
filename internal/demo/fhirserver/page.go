package fhirserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

var errPage = errors.New("this page does not exist, or is no longer kept")

// pages seals the place where a search goes on, so that a next link means
// nothing to anyone but the server that gave it.
type pages struct{ seal cipher.AEAD }

func newPages() (pages, error) {
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return pages{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return pages{}, err
	}
	seal, err := cipher.NewGCM(block)
	return pages{seal}, err
}

func (p pages) token(kind string, used url.Values, offset int) string {
	nonce := make([]byte, p.seal.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand.Read never fails since Go 1.24
	plain := kind + "\n" + strconv.Itoa(offset) + "\n" + used.Encode()
	return base64.RawURLEncoding.EncodeToString(p.seal.Seal(nonce, nonce, []byte(plain), nil))
}

func (p pages) open(token string) (kind string, used url.Values, offset int, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	size := p.seal.NonceSize()
	if err != nil || len(raw) < size {
		return "", nil, 0, errPage
	}
	plain, err := p.seal.Open(nil, raw[:size], raw[size:], nil)
	if err != nil {
		return "", nil, 0, errPage
	}
	parts := strings.SplitN(string(plain), "\n", 3)
	if len(parts) != 3 {
		return "", nil, 0, errPage
	}
	if offset, err = strconv.Atoi(parts[1]); err != nil {
		return "", nil, 0, errPage
	}
	if used, err = url.ParseQuery(parts[2]); err != nil {
		return "", nil, 0, errPage
	}
	return parts[0], used, offset, nil
}
