package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// people are those whose keys a broker believes.
type people struct {
	trust                                release.Trust
	publisher, ann, ben, signerAndOne, x release.Key
}

func newPeople(t testing.TB) (p people) {
	t.Helper()
	var set []json.RawMessage
	for _, one := range []struct {
		key  *release.Key
		name string
		may  []release.May
	}{
		{&p.publisher, "region-publisher", []release.May{release.Sign}}, {&p.ann, "Dr Ann Caldicott", []release.May{release.Approve}},
		{&p.ben, "Ben Officer", []release.May{release.Approve}}, {&p.signerAndOne, "Cat Both", []release.May{release.Sign, release.Approve}}, {&p.x, "Nobody", nil},
	} {
		key, err := release.NewKey(one.name)
		if err != nil {
			t.Fatal(err)
		}
		if *one.key = key; one.may == nil {
			continue // is believed by nobody
		}
		public, err := key.Public(one.may...)
		if err != nil {
			t.Fatal(err)
		}
		set = append(set, public)
	}
	text, err := json.Marshal(map[string]any{"keys": set})
	if err != nil {
		t.Fatal(err)
	}
	if p.trust, err = release.ParseTrust(text); err != nil {
		t.Fatal(err)
	}
	return p
}

func statement(serial uint64) release.Statement {
	return release.Statement{Serial: serial, Revision: fmt.Sprintf("2026-03-02.%d", serial), Author: "Ann Author", Reason: "the ward asked for it", Expires: now.Add(30 * 24 * time.Hour)}
}

func build(t testing.TB, s release.Statement) *release.Release {
	t.Helper()
	r, err := release.Build(t.Context(), policytest.Copied(t), s, now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// packed gives a release as it is carried, after what people did with it.
func packed(t testing.TB, r *release.Release, steps ...error) []byte {
	t.Helper()
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	b, err := r.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func good(t testing.TB, p people, serial uint64) []byte {
	t.Helper()
	r := build(t, statement(serial))
	return packed(t, r, r.Approve(p.ann, now), r.Approve(p.ben, now), r.Sign(p.publisher))
}

func TestAReleaseIsOpenedAsItWasBuilt(t *testing.T) {
	p := newPeople(t)
	bytes1 := good(t, p, 7)
	r, err := release.Open(t.Context(), bytes1, p.trust, 6, now)
	if err != nil {
		t.Fatal(err)
	}
	if r.Statement.Serial != 7 || r.Signer != "region-publisher" || len(r.Statement.Approvals) != 2 {
		t.Errorf("%+v, signed by %q", r.Statement, r.Signer)
	}
	was := policytest.Revision(t, policytest.Copied(t))
	if is := policytest.Revision(t, r.FS); is.Digest() != was.Digest() {
		t.Errorf("digest %s, built from %s", is.Digest(), was.Digest())
	}
	var there int
	err = fs.WalkDir(r.FS, "testdata", func(string, fs.DirEntry, error) error { there++; return nil })
	if err != nil || there < 5 {
		t.Errorf("its cases: %d, %v", there, err)
	}
}

// OPA itself is the judge: it verifies the signature, and decides each shipped case by the bundle as
// the broker does.
func TestOPADecidesByAReleaseAsABrokerDoes(t *testing.T) {
	p := newPeople(t)
	b := good(t, p, 1)
	read, err := bundle.NewCustomReader(bundle.NewTarballLoaderWithBaseURL(bytes.NewReader(b), "")).WithSkipBundleVerification(true).Read()
	if err != nil {
		t.Fatal(err)
	}
	query, err := rego.New(rego.ParsedBundle("release", &read), rego.Query("x = data.mcr.decision.outcome")).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	shipped := policytest.Engine(t).Revision()
	for _, c := range policytest.Cases(t) {
		d, _ := c.Run(t.Context())
		if d.Digest != shipped.Digest() {
			continue
		}
		var input any
		if err := json.Unmarshal(d.Input, &input); err != nil {
			t.Fatal(err)
		}
		got, err := query.Eval(t.Context(), rego.EvalInput(input))
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %v, %v", c.Name, got, err)
			continue
		}
		if effect := got[0].Bindings["x"].(map[string]any)["effect"]; effect != string(d.Effect) {
			t.Errorf("%s: OPA says %v, the broker %s", c.Name, effect, d.Effect)
		}
		n++
	}
	if n < 100 || read.Manifest.Revision != "2026-03-02.1" {
		t.Errorf("%d cases; revision %s", n, read.Manifest.Revision)
	}
}

func code(err error) release.Code {
	var r *release.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func TestEachWayToBeNoReleaseHasItsOwnMessage(t *testing.T) {
	p := newPeople(t)
	texts := map[string]string{}
	for name, c := range map[string]struct {
		packed []byte
		last   uint64
		at     time.Time
		want   release.Code
	}{
		"unsigned": {packed: func() []byte {
			r := build(t, statement(1))
			return packed(t, r, r.Approve(p.ann, now), r.Approve(p.ben, now))
		}(), want: release.Unsigned},
		"approved by one": {packed: func() []byte {
			r := build(t, statement(1))
			return packed(t, r, r.Approve(p.ann, now), r.Sign(p.publisher))
		}(), want: release.NotApproved},
		"approved by nobody": {packed: func() []byte { r := build(t, statement(1)); return packed(t, r, r.Sign(p.publisher)) }(), want: release.NotApproved},
		"approved twice by one": {packed: func() []byte {
			r := build(t, statement(1))
			err := r.Approve(p.ann, now)
			r.Statement.Approvals = append(r.Statement.Approvals, r.Statement.Approvals[0])
			return packed(t, r, err, release.State(r), r.Sign(p.publisher))
		}(), want: release.ApprovedSame},
		"approved by a stranger": {packed: func() []byte {
			r := build(t, statement(1))
			return packed(t, r, r.Approve(p.ann, now), r.Approve(p.x, now), r.Sign(p.publisher))
		}(), want: release.Forged},
		"approved by who may only sign": {packed: func() []byte {
			r := build(t, statement(1))
			return packed(t, r, r.Approve(p.ann, now), r.Approve(p.publisher, now), r.Sign(p.publisher))
		}(), want: release.Forged},
		"an approval of another release": {packed: func() []byte {
			r, other := build(t, statement(1)), build(t, statement(2))
			err := errors.Join(other.Approve(p.ben, now), r.Approve(p.ann, now))
			r.Statement.Approvals = append(r.Statement.Approvals, other.Statement.Approvals[0])
			return packed(t, r, err, release.State(r), r.Sign(p.publisher))
		}(), want: release.Forged},
		"the reason changed after the approvals": {packed: func() []byte {
			r := build(t, statement(1))
			err := errors.Join(r.Approve(p.ann, now), r.Approve(p.ben, now))
			r.Statement.Reason = "another reason"
			return packed(t, r, err, release.State(r), r.Sign(p.publisher))
		}(), want: release.Forged},
		"signed by who may only approve": {packed: func() []byte {
			r := build(t, statement(1))
			return packed(t, r, r.Approve(p.ann, now), r.Approve(p.ben, now), r.Sign(p.ann))
		}(), want: release.NotSigned},
		"signed by a stranger": {packed: func() []byte {
			r := build(t, statement(1))
			return packed(t, r, r.Approve(p.ann, now), r.Approve(p.ben, now), r.Sign(p.x))
		}(), want: release.NotSigned},
		"older":              {packed: good(t, p, 7), last: 8, want: release.Older},
		"the same again":     {packed: good(t, p, 7), last: 7, want: release.Older},
		"expired":            {packed: good(t, p, 7), at: now.Add(31 * 24 * time.Hour), want: release.Expired},
		"not yet":            {packed: good(t, p, 7), at: now.Add(-time.Hour), want: release.NotYet},
		"cut off":            {packed: func() []byte { b := good(t, p, 7); return b[:len(b)-100] }(), want: release.NotWhole},
		"nothing":            {packed: nil, want: release.NotWhole},
		"a page":             {packed: []byte("<!doctype html><title>503</title>"), want: release.NotWhole},
		"larger than may be": {packed: make([]byte, 17<<20), want: release.TooLarge},
		"a file changed": {packed: func() []byte {
			return repacked(t, good(t, p, 7), func(all map[string][]byte) { all["decision.rego"] = append(all["decision.rego"], "\n# a word\n"...) })
		}(), want: release.Altered},
		"data.json changed": {packed: func() []byte {
			return repacked(t, good(t, p, 7), func(all map[string][]byte) {
				all["data.json"] = bytes.Replace(all["data.json"], []byte("8784"), []byte("9999"), 1)
			})
		}(), want: release.NotSigned},
		"a file more": {packed: func() []byte {
			return repacked(t, good(t, p, 7), func(all map[string][]byte) { all["NOTES.md"] = []byte("x") })
		}(), want: release.Altered},
	} {
		if c.at.IsZero() {
			c.at = now
		}
		r, err := release.Open(t.Context(), c.packed, p.trust, c.last, c.at)
		if r != nil || code(err) != c.want {
			t.Errorf("%s: %q, want %q: %v", name, code(err), c.want, err)
			continue
		}
		if other, there := texts[err.Error()]; there {
			t.Errorf("%s and %s have one message: %v", name, other, err)
		}
		texts[err.Error()] = name
	}
}

// What is signed may be carried through hands that change a byte of it: nothing else than what was
// signed is opened. (Some bytes mean nothing to what is packed: of gzip's head, and where the same
// words are found elsewhere.)
func TestNoChangedByteOpensAnythingElse(t *testing.T) {
	p := newPeople(t)
	b := good(t, p, 7)
	step, opened := max(1, len(b)/150), 0
	for i := 0; i < len(b); i += step {
		changed := slices.Clone(b)
		changed[i] ^= 0x10
		r, err := release.Open(context.Background(), changed, p.trust, 0, now)
		if err != nil {
			continue
		}
		opened++
		if again, err := r.Pack(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("byte %d of %d changed, and something else was opened (%v)", i, len(b), err)
		}
	}
	if opened > 15 {
		t.Errorf("%d of some 150 were opened", opened)
	}
}

// An author, a publisher or both may make a release with a program of their own. What stock OPA, or
// another reader of JSON, would read otherwise than a broker does is not opened, whoever signed it.
func TestARebuiltReleaseThatOthersReadOtherwiseIsNotOpened(t *testing.T) {
	p := newPeople(t)
	sound := good(t, p, 1)
	statementSays := func(old, is string) func(all map[string][]byte) {
		return func(all map[string][]byte) {
			all["release.json"] = bytes.Replace(all["release.json"], []byte(old), []byte(is), 1)
		}
	}
	manifest := func(text string) func(all map[string][]byte) {
		return func(all map[string][]byte) { all[".manifest"] = []byte(text) }
	}
	more := func(name, text string) func(all map[string][]byte) {
		return func(all map[string][]byte) { all[name] = []byte(text) }
	}
	for name, change := range map[string]func(all map[string][]byte){
		"a name in capitals beside it":      statementSays(`"reason":`, `"REASON": "harmless", "reason":`),
		"a name twice":                      statementSays(`"reason":`, `"reason": "harmless", "reason":`),
		"a bracket behind the statement":    func(all map[string][]byte) { all["release.json"] = append(all["release.json"], ']') },
		"another version of Rego":           manifest(`{"revision":"2026-03-02.1","roots":[""],"rego_version":0}`),
		"another version of one file":       manifest(`{"revision":"2026-03-02.1","roots":[""],"file_rego_versions":{"/decision.rego":0}}`),
		"compiled code in the rules' place": manifest(`{"revision":"2026-03-02.1","roots":[""],"wasm":[{"entrypoint":"mcr/decision","module":"/policy.wasm"}]}`),
		"its roots in capitals":             manifest(`{"revision":"2026-03-02.1","roots":[""],"ROOTS":[]}`),
		"data beside the lists":             more("rules/data.json", `{"extra":true}`),
		"data as YAML":                      more("invariants/data.yaml", "extra: true\n"),
		"a hidden rule":                     more("rules/opt_out/.more.rego", "package mcr.rules.more\n\npermit contains {} if true\n"),
		"a rule in a hidden folder":         more(".old/more.rego", "package mcr.rules.more\n\npermit contains {} if true\n"),
		"a second manifest":                 more("data/.manifest", `{"revision":"x"}`),
		"a second manifest in protobuf":     more(".manifest.pb", "x"),
		"a second signature":                more("data/.signatures.json", `{"signatures":[]}`),
		"a plan":                            more("data/plan.json", `{}`),
		"a patch":                           more("data/patch.json", `{"data":[]}`),
		"compiled code":                     more("data/policy.wasm", "x"),
	} {
		// Everybody does their part once more, on what it holds now.
		again := release.Unsound(t, repacked(t, sound, change))
		again.Statement.Approvals = nil
		b := packed(t, again, again.Approve(p.ann, now), again.Approve(p.ben, now))
		again = release.Unsound(t, repacked(t, b, change))
		b = packed(t, again, again.Sign(p.publisher))
		if r, err := release.Open(t.Context(), b, p.trust, 0, now); err == nil {
			t.Errorf("%s: serial %d was opened", name, r.Statement.Serial)
		}
	}
}

// Who signed is who holds the key, and not who is named.
func TestNobodySignsInAnothersName(t *testing.T) {
	p := newPeople(t)
	sound := good(t, p, 1)
	for header, want := range map[string]string{
		`{"alg":"ES256","kid":"region-publisher"}`:                  "region-publisher",
		`{"alg":"ES256","kid":"region-publisher","kid":"Cat Both"}`: "",
		`{"alg":"ES256","kid":"Cat Both","kid":"region-publisher"}`: "",
		`{"alg":"ES256","kid":"Cat Both"}`:                          "",
		`{"alg":"ES256"}`:                                           "",
		`{"alg":"none","kid":"region-publisher"}`:                   "",
		`{"alg":"HS256","kid":"region-publisher"}`:                  "",
		`{"alg":"ES256","kid":"Dr Ann Caldicott"}`:                  "",
	} {
		r := release.Unsound(t, sound)
		release.Headed(t, r, p.publisher, header)
		opened, err := release.Open(t.Context(), packed(t, r), p.trust, 0, now)
		switch {
		case want == "" && code(err) != release.NotSigned:
			t.Errorf("%s: %v, signed by %q", header, err, opened.Signer)
		case want != "" && (err != nil || opened.Signer != want):
			t.Errorf("%s: %v", header, err)
		}
	}
}

// An archive may be filled up with zeros, and nothing else may follow it: headers without end, and
// what stands behind a megabyte of zeros, are not read.
func TestWhatFollowsAReleaseIsNotReadPast(t *testing.T) {
	p := newPeople(t)
	sound := good(t, p, 1)
	for name, behind := range map[string][]byte{
		"one byte": {1}, "a second archive": sound, "a byte behind zeros": append(make([]byte, 2<<20), 1), "zeros without end": make([]byte, 8<<20),
	} {
		var member bytes.Buffer
		w := gzip.NewWriter(&member)
		if _, err := w.Write(behind); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := release.Open(t.Context(), slices.Concat(sound, member.Bytes()), p.trust, 0, now); code(err) != release.NotWhole {
			t.Errorf("%s: %v", name, err)
		}
	}
	var long bytes.Buffer
	zipped := gzip.NewWriter(&long)
	w := tar.NewWriter(zipped)
	for i := range 200 {
		h := &tar.Header{Name: fmt.Sprint("x", i), Format: tar.FormatPAX, PAXRecords: map[string]string{"MCR.x": strings.Repeat("x", 1000_000)}}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := release.Unpack(long.Bytes()); code(err) != release.NotWhole {
		t.Errorf("two hundred megabytes of headers: %v", err)
	}
}

func TestWhatIsToBeBuiltIsChecked(t *testing.T) {
	for name, change := range map[string]func(s *release.Statement){
		"no serial": func(s *release.Statement) { s.Serial = 0 }, "no author": func(s *release.Statement) { s.Author = " " },
		"no reason": func(s *release.Statement) { s.Reason = "." }, "no name": func(s *release.Statement) { s.Revision = "" },
		"ends before it begins": func(s *release.Statement) { s.NotBefore = s.Expires.Add(time.Hour) },
		"brings back itself":    func(s *release.Statement) { s.Of = s.Serial },
		"hidden signs":          func(s *release.Statement) { s.Reason += "\u202e" },
	} {
		s := statement(3)
		change(&s)
		if _, err := release.Build(t.Context(), policytest.Copied(t), s, now); err == nil {
			t.Errorf("%s: it was built", name)
		}
	}
	broken := policytest.Copied(t)
	broken["decision.rego"].Data = []byte("package mcr.decision\n")
	if _, err := release.Build(t.Context(), broken, statement(1), now); err == nil {
		t.Error("policies that do not load were built")
	}
}

func TestKeysAreReadStrictly(t *testing.T) {
	ann, err := release.NewKey("Ann")
	if err != nil {
		t.Fatal(err)
	}
	public, _ := ann.Public(release.Approve)
	private, _ := ann.Private()
	if again, err := release.ParseKey(private); err != nil || again.Name != "Ann" {
		t.Errorf("%q, %v", again.Name, err)
	}
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	for name, text := range map[string]string{
		"nothing": "", "no keys": set(), "one twice": set(string(public), string(public)),
		"one key under two names": set(string(public), strings.Replace(string(public), `"Ann"`, `"Ben"`, 1)),
		"a private key":           set(string(private)), "may do nothing": set(strings.Replace(string(public), `"approve"`, ``, 1)),
		"may do something else": set(strings.Replace(string(public), `"approve"`, `"rule"`, 1)), "without a name": set(strings.Replace(string(public), `"Ann"`, `""`, 1)),
	} {
		if _, err := release.ParseTrust([]byte(text)); err == nil {
			t.Errorf("%s: read", name)
		} else if strings.Contains(err.Error(), "\"d\"") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := release.ParseTrust([]byte(set(string(public)))); err != nil {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	p := newPeople(f)
	f.Add(good(f, p, 1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := release.Open(t.Context(), b, p.trust, 1, now); err == nil {
			t.Errorf("serial %d was opened", r.Statement.Serial)
		}
	})
}

// repacked is a release with its files changed.
func repacked(t testing.TB, b []byte, change func(all map[string][]byte)) []byte {
	t.Helper()
	all, err := release.Unpack(b)
	if err != nil {
		t.Fatal(err)
	}
	change(all)
	out, err := release.Pack(all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
