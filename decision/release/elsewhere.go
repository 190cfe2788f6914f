package release

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
)

// A release can be approved and signed wherever somebody's key is, also where this program is not:
// in a browser. What the key signs is a JWS signing input (RFC 7515, section 5.1), by ES256 (RFC
// 7518, section 3.4): the signature is R and S, 32 bytes each.

// part is one part of a JWS in its compact form.
func part(v []byte) string { return base64.RawURLEncoding.EncodeToString(v) }

// approvalHead is the protected header of every approval.
const approvalHead = `{"alg":"ES256"}`

// ToApprove is what the key of an approver signs.
func (r *Release) ToApprove(by string, at time.Time) (input string) {
	return part([]byte(approvalHead)) + "." + part(r.Statement.payload(by, approvedAt(at)))
}

// approvedAt is a time as an approval bears it.
func approvedAt(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// ApprovedBy adds an approval that was signed elsewhere, if trust takes it.
func (r *Release) ApprovedBy(by string, at time.Time, signature []byte, trust Trust) error {
	if err := r.approve(by, at, signature); err != nil {
		return err
	}
	all := r.Statement.Approvals
	if err := r.holds(all[len(all)-1], trust); err != nil {
		r.Statement.Approvals = all[:len(all)-1]
		return err
	}
	return nil
}

// approve adds an approval, whoever's it is.
func (r *Release) approve(by string, at time.Time, signature []byte) error {
	for _, a := range r.Statement.Approvals {
		if a.By == by {
			return refuse(ApprovedSame, "%s approved this release already: another person must", by)
		}
	}
	r.Statement.Approvals = append(r.Statement.Approvals, Approval{
		By: by, At: approvedAt(at), JWS: part([]byte(approvalHead)) + ".." + part(signature), // detached: appendix F
	})
	return r.state()
}

// holds says whether an approval is of a key that may, and for this release.
func (r *Release) holds(a Approval, trust Trust) error {
	key, known := trust.keys[a.By]
	if !known || !key.may[Approve] {
		return refuse(Forged, "%q approved the release, and has no key here that may", a.By)
	}
	payload := r.Statement.payload(a.By, a.At)
	if _, err := jws.Verify([]byte(a.JWS), jws.WithKey(jwa.ES256, key.key), jws.WithDetachedPayload(payload)); err != nil {
		return refuse(Forged, "the approval of %q does not hold for this release: it is of another one, or forged", a.By)
	}
	return nil
}

// ToSign is what the key of whoever publishes signs: the JWT of OPA's bundle signatures, which names
// every file with its SHA-256. The same release gives the same bytes.
func (r *Release) ToSign(by string) (input string, err error) {
	hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		return "", err
	}
	all := r.all()
	delete(all, signaturesFile)
	claims := struct {
		Files []bundle.FileInfo `json:"files"`
		KeyID string            `json:"keyid"`
	}{KeyID: by}
	for _, p := range slices.Sorted(maps.Keys(all)) {
		var value any = all[p]
		if bundle.IsStructuredDoc(p) {
			if err := util.Unmarshal(all[p], &value); err != nil {
				return "", fmt.Errorf("signing: %s: %w", p, err)
			}
		}
		sum, err := hasher.HashFile(value)
		if err != nil {
			return "", fmt.Errorf("signing: %s: %w", p, err)
		}
		claims.Files = append(claims.Files, bundle.NewFile(p, hex.EncodeToString(sum), string(bundle.SHA256)))
	}
	head, err := json.Marshal(map[string]string{"alg": "ES256", "kid": by, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return part(head) + "." + part(payload), nil
}

// SignedBy adds a signature that was made elsewhere, if trust takes it.
func (r *Release) SignedBy(by string, signature []byte, trust Trust) error {
	input, err := r.ToSign(by)
	if err != nil {
		return err
	}
	was, before := r.others[signaturesFile], r.Signer
	if err = r.sign(by, input, signature); err == nil {
		var packed []byte
		if packed, err = r.Pack(); err == nil {
			err = r.verified(packed, trust)
		}
	}
	if err != nil {
		if r.Signer = before; was == nil {
			delete(r.others, signaturesFile)
		} else {
			r.others[signaturesFile] = was
		}
	}
	return err
}

// SignatureOf names whose key signed it, by trust; "" when nobody's did. Whether every file is as it was
// signed is for Open.
func (r *Release) SignatureOf(trust Trust) string { return r.signer(trust) }

// sign puts a signature of an input beside the files.
func (r *Release) sign(by, input string, signature []byte) error {
	text, err := json.Marshal(bundle.SignaturesConfig{Signatures: []string{input + "." + part(signature)}})
	if err != nil {
		return err
	}
	r.others[signaturesFile], r.Signer = text, by
	return nil
}
