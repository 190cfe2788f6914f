package release

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/keys"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// The files of a release beside those of the folder.
const (
	manifestFile   = ".manifest"        // of OPA
	signaturesFile = ".signatures.json" // of OPA
	dataFile       = "data.json"        // of OPA: all lists, as the rules see them
	statementFile  = "release.json"
)

// Approvals is how many people must have approved a release.
const Approvals = 2

// Release is a set of policies with its statement.
type Release struct {
	Statement Statement
	// FS is the folder of policies, as it was when the release was built.
	FS fs.FS
	// Signer is whose key signed it; "" before that.
	Signer string

	held   folder.Held
	others files // of the bundle
}

// Build makes a release of a folder that loads. The statement's format, fingerprint and time are
// set here. It is neither approved nor signed.
func Build(ctx context.Context, fsys fs.FS, s Statement, now time.Time) (*Release, error) {
	held, err := folder.Hold(fsys)
	if err != nil {
		return nil, err
	}
	s.Format, s.Fingerprint, s.Made, s.Approvals = Format, held.Fingerprint(), now.UTC().Truncate(time.Second), nil
	s.NotBefore, s.Expires = s.NotBefore.UTC().Truncate(time.Second), s.Expires.UTC().Truncate(time.Second)
	if s.NotBefore.IsZero() {
		s.NotBefore = s.Made
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("the release: %w", err)
	}
	for _, p := range held.Paths() {
		if is := reserved(p); is != "" {
			return nil, fmt.Errorf("%s: %s: give it another name, or take it away", p, is)
		}
	}
	documents, err := served(ctx, held)
	if err != nil {
		return nil, err
	}
	r := &Release{Statement: s, FS: held, held: held, others: files{manifestFile: manifestOf(s.Revision), dataFile: documents}}
	return r, r.state()
}

// served gives data.json: what the folder's lists are to the rules.
func served(ctx context.Context, held folder.Held) ([]byte, error) {
	rev, err := decision.Load(ctx, held, decision.Options{})
	if err != nil {
		return nil, err
	}
	return rev.ServedData()
}

// state writes the statement anew. A signature of what was before holds no more.
func (r *Release) state() error {
	text, err := r.Statement.text()
	if err != nil {
		return err
	}
	r.others[statementFile] = text
	delete(r.others, signaturesFile)
	r.Signer = ""
	return nil
}

// Pack gives the release as it is carried: a gzipped tar archive.
func (r *Release) Pack() ([]byte, error) { return r.all().pack() }

func (r *Release) all() files {
	all := maps.Clone(r.others)
	maps.Copy(all, r.held)
	return all
}

// Approve adds somebody's approval. It takes a signature away: whoever publishes signs last.
func (r *Release) Approve(k Key, now time.Time) error {
	signature, err := k.sign(r.ToApprove(k.Name, now))
	if err != nil {
		return fmt.Errorf("approving: %w", err)
	}
	return r.approve(k.Name, now, signature)
}

// Sign signs everything, as OPA signs bundles.
func (r *Release) Sign(k Key) error {
	input, err := r.ToSign(k.Name)
	if err != nil {
		return err
	}
	signature, err := k.sign(input)
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	return r.sign(k.Name, input, signature)
}

// Read reads a release that is on its way: it may be unsigned and not approved yet. What it holds
// is what its statement names.
func Read(ctx context.Context, packed []byte) (*Release, error) {
	r, err := read(packed)
	if err != nil {
		return nil, err
	}
	return r, r.asServed(ctx)
}

// Peek reads what a release says of itself, and compiles nothing: whether OPA would go by the same
// lists is not looked at.
func Peek(packed []byte) (*Release, error) { return read(packed) }

// read reads a release without going by anything in it.
func read(packed []byte) (*Release, error) {
	all, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	r := &Release{held: folder.Held{}, others: files{}}
	for p, text := range all {
		switch p {
		case manifestFile, signaturesFile, dataFile, statementFile:
			r.others[p] = text
		default:
			if is := reserved(p); is != "" {
				return nil, refuse(NotWhole, "the release holds %q: %s", p, is)
			}
			r.held[p] = text
		}
	}
	r.FS = r.held
	for _, p := range []string{manifestFile, dataFile, statementFile} {
		if r.others[p] == nil {
			return nil, refuse(NotWhole, "it is no release of policies: it has no %s", p)
		}
	}
	if r.Statement, err = readStatement(r.others[statementFile]); err != nil {
		return nil, refuse(NotWhole, "%s cannot be gone by: %v", statementFile, err)
	}
	if got := r.held.Fingerprint(); got != r.Statement.Fingerprint {
		return nil, refuse(Altered, "the policies in it are not those that were built: their fingerprint is %.12s, and the statement names %.12s", got, r.Statement.Fingerprint)
	}
	return r, nil
}

// asServed says whether OPA would decide by the same lists and under the same name.
func (r *Release) asServed(ctx context.Context) error {
	documents, err := served(ctx, r.held)
	if err != nil {
		return err
	}
	if !bytes.Equal(documents, r.others[dataFile]) {
		return refuse(Altered, "%s is not what the lists in data/ say", dataFile)
	}
	if !bytes.Equal(manifestOf(r.Statement.Revision), r.others[manifestFile]) {
		return refuse(Altered, "%s does not name the revision %q and that alone: OPA might decide otherwise than a broker", manifestFile, r.Statement.Revision)
	}
	return nil
}

// verified says whose signature is over everything, by OPA's own reader.
func (r *Release) verified(packed []byte, trust Trust) error {
	if r.others[signaturesFile] == nil {
		return refuse(Unsigned, "the release is not signed: whoever publishes it signs it (mcr policy sign)")
	}
	config := map[string]*keys.Config{}
	for name, key := range trust.keys {
		if !key.may[Sign] {
			continue
		}
		text, err := publicPEM(key.key)
		if err != nil {
			return err
		}
		config[name] = &keys.Config{Key: text, Algorithm: "ES256"}
	}
	reader := bundle.NewCustomReader(bundle.NewTarballLoaderWithBaseURL(bytes.NewReader(packed), "")).
		WithBundleVerificationConfig(bundle.NewVerificationConfig(config, "", "", nil)).WithSizeLimitBytes(mostUnpacked)
	if _, err := reader.Read(); err != nil {
		return refuse(NotSigned, "the signature does not hold, or its key may not sign: %v", err)
	}
	if r.Signer = r.signer(trust); r.Signer == "" {
		return refuse(NotSigned, "the signature holds, and does not say once and clearly whose it is: sign it again (mcr policy sign)")
	}
	return nil
}

// signer names whose key made the signature. OPA's reader knows, and does not say: the name that the
// signature bears is believed where that key verifies it.
func (r *Release) signer(trust Trust) string {
	var c bundle.SignaturesConfig
	if json.Unmarshal(r.others[signaturesFile], &c) != nil || len(c.Signatures) != 1 {
		return ""
	}
	message, err := jws.ParseString(c.Signatures[0])
	if err != nil || len(message.Signatures()) != 1 {
		return ""
	}
	head := message.Signatures()[0].ProtectedHeaders()
	name := head.KeyID()
	key := trust.keys[name]
	if !key.may[Sign] || head.Algorithm() != jwa.ES256 {
		return ""
	}
	if _, err := jws.Verify([]byte(c.Signatures[0]), jws.WithKey(jwa.ES256, key.key)); err != nil {
		return ""
	}
	return name
}

// approved says whether enough people approved it.
func (r *Release) approved(trust Trust) error {
	by := map[string]bool{}
	for _, a := range r.Statement.Approvals {
		if by[a.By] {
			return refuse(ApprovedSame, "%q approved the release twice: two different people must", a.By)
		}
		if err := r.holds(a, trust); err != nil {
			return err
		}
		by[a.By] = true
	}
	if len(by) < Approvals {
		return refuse(NotApproved, "%d of %d people approved the release: %d more must (mcr policy approve)", len(by), Approvals, Approvals-len(by))
	}
	return nil
}

// Open opens a release for a broker: it is signed, approved, in its time, and its serial is above
// the one that was accepted last. Anything else is a *Refusal, or what is wrong with the policies.
func Open(ctx context.Context, packed []byte, trust Trust, last uint64, now time.Time) (*Release, error) {
	r, err := read(packed)
	if err != nil {
		return nil, err
	}
	if err := r.verified(packed, trust); err != nil {
		return nil, err
	}
	if err := r.approved(trust); err != nil {
		return nil, err
	}
	switch s := r.Statement; {
	case s.Serial <= last:
		return nil, refuse(Older, "the release has the serial %d, and %d was accepted already: brokers never go back; to bring earlier rules back, publish them under a new serial (mcr policy rollback)", s.Serial, last)
	case now.Before(s.NotBefore):
		return nil, refuse(NotYet, "the release holds from %s on", s.NotBefore.Format(time.RFC3339))
	case !s.Expires.IsZero() && !now.Before(s.Expires):
		return nil, refuse(Expired, "the release expired at %s: publish it anew, with a later end", s.Expires.Format(time.RFC3339))
	}
	return r, r.asServed(ctx) // the rules are compiled last: by then it is known whose they are
}
