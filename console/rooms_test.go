package console_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/internal/surfer"
)

// notebook keeps what is to be recorded, or fails.
type notebook struct {
	mu    sync.Mutex
	fails bool
	kept  []audit.Record
}

func (n *notebook) Append(_ context.Context, r *audit.Record) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fails {
		return errors.New("the disk is full")
	}
	n.kept = append(n.kept, *r)
	return nil
}

func TestTheRoomsHaveOneDoor(t *testing.T) {
	book := &notebook{}
	k := newKit(t, func(c *console.Config) {
		dir := t.TempDir()
		store, err := sqlite.Open(t.Context(), filepath.Join(dir, "trail.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		keys, err := protect.CreateKeys(filepath.Join(dir, "keys"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Protector, err = protect.NewProtector(keys, protect.Masked); err != nil {
			t.Fatal(err)
		}
		c.Trail, c.Recorder = store, book
	})
	consultant, officer := k.signIn("consultant"), k.signIn("privacy-officer")
	// Who has one room stands before the search at once; who has several chooses.
	if consultant.Shows(200, "NHS number", "Date of birth"); consultant.At.String() != k.url("/patients") {
		t.Errorf("a consultant who signs in stands at %s", consultant.At)
	}
	if officer.Shows(200, "Audit trail", "The rules"); officer.At.String() != k.url("/") {
		t.Errorf("an officer who signs in stands at %s", officer.At)
	}
	if consultant.Open(k.url("/")); consultant.At.String() != k.url("/patients") {
		t.Errorf("the start page of a consultant is %s", consultant.At)
	}
	for _, path := range []string{"/rules", "/rules/cases", "/rules/try"} {
		surfer.New(t).Open(k.url(path)).Shows(403, "Sign in to go on")
		consultant.Open(k.url(path)).Shows(403, "not open to your role")
	}
	if len(book.kept) != 0 {
		t.Fatalf("%d looks were recorded of people who asked for no part of the trail", len(book.kept))
	}
	// Whoever the trail is not open to leaves a record of having tried.
	for _, path := range []string{"/trail", "/trail/records", "/trail/records/019ab5c4-3f10-7c55-a1b2-93f1f0f5a001", "/trail/patient", "/trail/records?format=csv"} {
		surfer.New(t).Open(k.url(path)).Shows(403, "Sign in to go on")
		book.kept = nil
		consultant.Open(k.url(path)).Shows(403, "The trail is not open to your role", "Go to the start page").Hides("Search the trail")
		if len(book.kept) != 1 || book.kept[0].UserID != "555004000100" || book.kept[0].Outcome != audit.Refused || book.kept[0].Status != 403 {
			t.Errorf("%s: the refused look is recorded as %+v", path, book.kept)
		}
	}
	book.fails = true
	if consultant.Open(k.url("/trail")).Shows(503, "Nothing can be shown just now"); consultant.Resp.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	book.fails, book.kept = false, nil
	officer.Open(k.url("/trail")).Shows(200)
	if len(book.kept) != 1 || book.kept[0].UserID != "555004000300" || book.kept[0].SourceOrg != "RZ1" {
		t.Errorf("the look is recorded as %+v", book.kept)
	}
	book.fails = true
	if officer.Open(k.url("/trail")); officer.Resp.StatusCode < 500 {
		t.Errorf("a look that could not be recorded was answered with %d", officer.Resp.StatusCode)
	}
	officer.Open(k.url("/rules/try")).Shows(200)
	// A form of a room goes through the same door.
	officer.Open(k.url("/trail/patient")).Navigate("POST", "/console/trail/patient", search(number, "", "", "")).Shows(403, "not sent from our page")
}

func TestTheRecordIsOfWhoWasConfirmed(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	for _, page := range []string{"/record?whole=1", "/record", "/record/print"} {
		if s.Open(g.address + at + page); s.At.Path != at {
			t.Errorf("%s before it was said that this is the right person leads to %s", page, s.At)
		}
	}
	s.Submit(at, right).Submit(at+"/ask", yes())
	s.Open(g.address+at+"/record?whole=1").Shows(200, "Mr Brian Birch", "Riverside Surgery")
	views := g.records(access.View)
	if len(views) == 0 {
		t.Fatal("nothing was recorded of it")
	}
	for _, v := range views {
		if v.TraceID == "" || v.UserName != "Dr Helen Marchetti" {
			t.Fatalf("a view is recorded as %+v", v)
		}
	}
	s.Open(g.address+at+"/record/print").Shows(200, "Brian Birch", "Dr Helen Marchetti")
	g.signIn("consultant").Open(g.address + at + "/record?whole=1").Shows(404).Hides("Birch")

	// Signed out: the address opens nothing, in this tab or another.
	other := s.Tab().Open(g.address + at + "/record?whole=1").Shows(200)
	s.Open(g.address+at).Submit("/console/sign-out", nil)
	other.Open(g.address + at + "/record?whole=1").Shows(403).Hides("Birch")
	for _, address := range append(s.Seen, other.Seen...) {
		if strings.Contains(address, brian.NHSNumber) || strings.Contains(address, "Birch") {
			t.Errorf("a patient stands in an address: %s", address)
		}
	}
	if log := g.log.String(); strings.Contains(log, brian.NHSNumber) || strings.Contains(log, "Birch") {
		t.Error("a patient stands in the log")
	}
}
