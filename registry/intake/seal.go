package intake

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Entry ids are in the trail of every decision that rests on them, where no NHS number may be. The
// Personal Demographics Service gives a Patient the NHS number for an id: such an id is sealed. What
// is made of it is the same each time, and leads back only for who has the registry's secret, which
// lies beside the numbers themselves: of ten digits any digest without one is undone in minutes.

// secretNote is the note that has the secret.
const secretNote = "secret of sealed ids"

const namesPatient = "id or meta.source has the patient's NHS number in it: use another id"

func newSecret() string { return rand.Text() + rand.Text() } // 256 bits

// seal gives a resource whose id is an NHS number, anybody's, a key without it. It is judged by
// the id alone, so that a resource that names no patient any more is known again.
func (rd *reading) seal(r *resource, id string) {
	if _, err := nhs.ParseNumber(id); err != nil {
		return
	}
	r.plain = r.key
	r.key = strings.TrimSuffix(r.key, id) + sealed(rd.secret, r.plain)
}

// sealed makes 128 bits in letters, so that nobody takes some of them for a number.
func sealed(secret []byte, key string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(key))
	sum := h.Sum(nil)[:16]
	letters := make([]byte, 0, 32)
	for _, b := range sum {
		letters = append(letters, 'a'+b>>4, 'a'+b&15)
	}
	return string(letters)
}

// unseal gives the resource its plain key: it was recorded under that before ids were sealed, when
// one that was not its patient's number was taken as it is.
func (r *resource) unseal() {
	for i := range r.entries {
		r.entries[i].ID = r.plain + strings.TrimPrefix(r.entries[i].ID, r.key)
	}
	r.key = r.plain
}

// named says whether the key has the number of a patient that the resource is about.
func (r *resource) named() bool {
	for i := range r.entries {
		if p := r.entries[i].Patient; !p.IsZero() && strings.Contains(r.key, p.Digits()) {
			return true
		}
	}
	return false
}
