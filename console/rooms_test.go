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
	officer.shows(200, "Audit trail", "The rules")
	for _, path := range []string{"/rules", "/rules/cases", "/rules/try"} {
		newSurfer(t).open(k.url(path)).shows(403, "Sign in to go on")
		consultant.open(k.url(path)).shows(403, "not open to your role")
	}
	if len(book.kept) != 0 {
		t.Fatalf("%d looks were recorded of people who asked for no part of the trail", len(book.kept))
	}
	// Whoever the trail is not open to leaves a record of having tried.
	for _, path := range []string{"/trail", "/trail/records", "/trail/records/019ab5c4-3f10-7c55-a1b2-93f1f0f5a001", "/trail/patient", "/trail/records?format=csv"} {
		newSurfer(t).open(k.url(path)).shows(403, "Sign in to go on")
		book.kept = nil
		consultant.open(k.url(path)).shows(403, "The trail is not open to your role", "Go to the start page").hides("Search the trail")
		if len(book.kept) != 1 || book.kept[0].UserID != "555004000100" || book.kept[0].Outcome != audit.Refused || book.kept[0].Status != 403 {
			t.Errorf("%s: the refused look is recorded as %+v", path, book.kept)
		}
	}
	book.fails = true
	if consultant.open(k.url("/trail")).shows(503, "Nothing can be shown just now"); consultant.resp.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	book.fails, book.kept = false, nil
	officer.open(k.url("/trail")).shows(200)
	if len(book.kept) != 1 || book.kept[0].UserID != "555004000300" || book.kept[0].SourceOrg != "RZ1" {
		t.Errorf("the look is recorded as %+v", book.kept)
	}
	book.fails = true
	if officer.open(k.url("/trail")); officer.resp.StatusCode < 500 {
		t.Errorf("a look that could not be recorded was answered with %d", officer.resp.StatusCode)
	}
	officer.open(k.url("/rules/try")).shows(200)
	// A form of a room goes through the same door.
	officer.open(k.url("/trail/patient")).navigate("POST", "/console/trail/patient", search(number, "", "", "")).shows(403, "not sent from our page")
}

func TestTheRecordIsOfWhoWasConfirmed(t *testing.T) {
	g := newRegion(t)
	brian := g.patient("permission")
	s := g.signIn("consultant")
	g.find(s, brian)
	at := here(s)
	for _, page := range []string{"/record?whole=1", "/record", "/record/print"} {
		if s.open(g.address + at + page); s.at.Path != at {
			t.Errorf("%s before it was said that this is the right person leads to %s", page, s.at)
		}
	}
	s.submit(at, right).submit(at+"/ask", yes())
	s.open(g.address+at+"/record?whole=1").shows(200, "Mr Brian Birch", "Riverside Surgery")
	views := g.records(access.View)
	if len(views) == 0 {
		t.Fatal("nothing was recorded of it")
	}
	for _, v := range views {
		if v.TraceID == "" || v.UserName != "Dr Helen Marchetti" {
			t.Fatalf("a view is recorded as %+v", v)
		}
	}
	s.open(g.address+at+"/record/print").shows(200, "Brian Birch", "Dr Helen Marchetti")
	g.signIn("consultant").open(g.address + at + "/record?whole=1").shows(404).hides("Birch")

	// Signed out: the address opens nothing, in this tab or another.
	other := s.tab().open(g.address + at + "/record?whole=1").shows(200)
	s.open(g.address+at).submit("/console/sign-out", nil)
	other.open(g.address + at + "/record?whole=1").shows(403).hides("Birch")
	for _, address := range append(s.seen, other.seen...) {
		if strings.Contains(address, brian.NHSNumber) || strings.Contains(address, "Birch") {
			t.Errorf("a patient stands in an address: %s", address)
		}
	}
	if log := g.log.String(); strings.Contains(log, brian.NHSNumber) || strings.Contains(log, "Birch") {
		t.Error("a patient stands in the log")
	}
}
