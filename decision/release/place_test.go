package release_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
)

func TestPublicationsNeverGoBackAndRulesMay(t *testing.T) {
	p, place := newPeople(t), release.Place(t.TempDir())
	first := good(t, p, 1)
	if _, err := place.Publish(t.Context(), first, p.trust, now, passes); err != nil {
		t.Fatal(err)
	}
	next := policytest.Changed(t, "data/settings.json", policytest.Replace(`"minutes": 60`, `"minutes": 30`))
	second, err := release.Build(t.Context(), next, statement(2), now)
	if err != nil {
		t.Fatal(err)
	}
	b := packed(t, second, second.Approve(p.ann, now), second.Approve(p.signerAndOne, now), second.Sign(p.signerAndOne))
	if _, err := place.Publish(t.Context(), b, p.trust, now, passes); err != nil {
		t.Fatal(err)
	}
	if _, err := place.Publish(t.Context(), first, p.trust, now, passes); code(err) != release.Older {
		t.Errorf("the first again: %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(string(place), release.Current)); err != nil || !bytes.Equal(got, b) {
		t.Errorf("what brokers find is not the second: %v", err)
	}
	if err := os.WriteFile(filepath.Join(string(place), release.Current), first, 0o600); err != nil { // as if it was interrupted
		t.Fatal(err)
	}
	if _, err := place.Publish(t.Context(), b, p.trust, now, passes); err != nil {
		t.Errorf("an interrupted publication, again: %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(string(place), release.Current)); err != nil || !bytes.Equal(got, b) {
		t.Errorf("it is not current: %v", err)
	}
	if _, err := place.Publish(t.Context(), b, p.trust, now, passes); code(err) != release.Older {
		t.Errorf("one that is current, again: %v", err)
	}
	back, err := place.Again(t.Context(), 1, release.Statement{Revision: "back", Author: "Ann", Reason: "the ward was locked out"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := place.Publish(t.Context(), packed(t, back, back.Sign(p.publisher)), p.trust, now, passes); code(err) != release.NotApproved {
		t.Errorf("rolled back by nobody: %v", err)
	}
	b = packed(t, back, back.Approve(p.ann, now), back.Approve(p.ben, now), back.Sign(p.publisher))
	r, err := place.Publish(t.Context(), b, p.trust, now, passes)
	if err != nil || r.Statement.Serial != 3 || r.Statement.Of != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if was, is := policytest.Revision(t, policytest.Copied(t)), policytest.Revision(t, r.FS); was.Digest() != is.Digest() {
		t.Error("the rules are not those of the first")
	}
	if all, err := place.Serials(); err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestWhatNoBrokerWouldOpenIsNotPublished(t *testing.T) {
	p, place := newPeople(t), release.Place(t.TempDir())
	r := build(t, statement(1))
	if _, err := place.Publish(t.Context(), packed(t, r, r.Sign(p.publisher)), p.trust, now, passes); code(err) != release.NotApproved {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(string(place), "*")); len(left) != 0 {
		t.Errorf("there is %v", left)
	}
	s := statement(1)
	s.NotBefore = now.Add(time.Hour) // brokers wait for it
	r, err := release.Build(t.Context(), policytest.Copied(t), s, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := place.Publish(t.Context(), packed(t, r, r.Approve(p.ann, now), r.Approve(p.ben, now), r.Sign(p.publisher)), p.trust, now, passes); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(string(place), "00000002.mcr.part"), nil, 0o600); err != nil { // somebody else is at it
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(string(place), release.Current))
	if _, err := place.Publish(t.Context(), good(t, p, 2), p.trust, now, passes); err == nil || !strings.Contains(err.Error(), "00000002.mcr.part") {
		t.Errorf("two at once: %v", err)
	}
	if after, _ := os.ReadFile(filepath.Join(string(place), release.Current)); !bytes.Equal(before, after) {
		t.Error("what is current has no name of its own")
	}
	if _, err := place.Published(t.Context(), 9); err == nil {
		t.Error("serial 9 is there")
	}
	if _, err := release.Place(filepath.Join(string(place), "gone")).Publish(t.Context(), good(t, p, 2), p.trust, now, passes); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("published where there is no folder: %v", err)
	}
}

// passes finds nothing wrong with policies.
func passes(context.Context, fs.FS) error { return nil }

func TestPoliciesAreJudgedWhenItIsKnownWhoseTheyAre(t *testing.T) {
	p, place, judged := newPeople(t), release.Place(t.TempDir()), 0
	fails := func(context.Context, fs.FS) error { judged++; return fs.ErrInvalid }
	r := build(t, statement(1))
	if _, err := place.Publish(t.Context(), packed(t, r, r.Sign(p.x)), p.trust, now, fails); code(err) != release.NotSigned || judged != 0 {
		t.Errorf("a stranger's were judged: %v", err)
	}
	if _, err := place.Publish(t.Context(), good(t, p, 1), p.trust, now, fails); !errors.Is(err, fs.ErrInvalid) || judged != 1 {
		t.Errorf("what does not pass was published: %v", err)
	}
	if all, err := place.Serials(); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}
