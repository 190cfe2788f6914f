package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/token"
)

// signIn is what signing in needs of this configuration, and of the other rooms.
func (c *Console) signIn() signin.Config {
	return signin.Config{
		Base: c.cfg.Path, PublicURL: c.cfg.PublicURL, Issuer: c.cfg.Issuer, RedirectURL: c.cfg.RedirectURL, HTTP: c.cfg.Client,
		Client: token.Client{ID: c.cfg.ClientID, Secret: c.cfg.ClientSecret, Key: c.cfg.ClientKey, KeyID: c.cfg.KeyID,
			Algorithm: c.cfg.KeyAlgorithm, Audience: c.cfg.AssertionAudience},
		Verifier: c.cfg.Verifier, Complete: c.complete, Keep: func() page.Kept { return new(patients) },
		Idle: c.cfg.Idle, Longest: c.cfg.Longest, Sessions: c.cfg.Sessions, Clock: c.cfg.Clock, Log: c.cfg.Log,
	}
}

// complete says which rooms are open to somebody, what they are warned of, and whom
// they have looked up.
func (c *Console) complete(r *http.Request, who *page.Person) {
	who.Areas = page.Areas{
		Patients: true, // brokers decide; staff of an organisation see its own records
		Trail:    c.cfg.Trail != nil && slices.Contains(c.cfg.TrailRoles, who.Subject.Role),
		Rules:    c.cfg.Policies != nil && slices.Contains(c.cfg.RulesRoles, who.Subject.Role),
	}
	who.Patient, who.Warning = c.seen(r, who), c.cfg.Warning()
}

// mount puts a handler at a pattern below the console's path.
func (c *Console) mount(mux *http.ServeMux) func(pattern string, h http.Handler) {
	return func(pattern string, h http.Handler) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+c.cfg.Path+path, h)
	}
}

// plain is mount for pages that leave it to the console to judge their address.
func (c *Console) plain(mux *http.ServeMux) func(pattern string, h http.Handler) {
	at := c.mount(mux)
	return func(pattern string, h http.Handler) { at(pattern, c.door.Once(h)) }
}

// rooms mounts the rooms below the console: the record, the trail, the rules. Each
// is entered through the same door: somebody signed in whose role may.
func (c *Console) rooms(mux *http.ServeMux) error {
	plain := c.plain(mux)
	if err := c.record(plain); err != nil {
		return err
	}
	var book *book.Book // takes long to make: the trail's words are the rules' too
	if c.cfg.Trail != nil {
		var err error
		if book, err = c.trail(c.mount(mux)); err != nil {
			return err
		}
	}
	if c.cfg.Policies != nil {
		return c.rules(plain, book)
	}
	return nil
}

func (c *Console) record(at func(string, http.Handler)) error {
	room, err := record.New(record.Config{Base: c.cfg.Path, Collector: c.cfg.Collector, Clock: c.cfg.Clock})
	if err != nil {
		return err
	}
	room.Mount(func(pattern string, h page.Handler) { at(pattern, c.patients(h)) })
	return nil
}

// trail mounts the trail and gives the policy book whose words it uses.
func (c *Console) trail(at func(string, http.Handler)) (*book.Book, error) {
	if c.cfg.Policies == nil {
		return nil, errors.New("opening the trail's pages: the policies are required")
	}
	ctx := context.Background()
	book, err := book.Read(ctx, c.cfg.Policies)
	if err != nil {
		return nil, fmt.Errorf("opening the trail's pages: %w", err)
	}
	var sources []trail.Source
	for _, s := range c.cfg.Collector.Sources() {
		sources = append(sources, trail.Source{ID: s.ID, Name: s.Name, Organisation: s.Organisation.String()})
	}
	room, err := trail.New(ctx, trail.Config{
		Base: c.cfg.Path, Trail: c.cfg.Trail, Recorder: c.cfg.Recorder, Proofs: c.cfg.Proofs, Protector: c.cfg.Protector, Book: book, Revision: c.cfg.Engine.Revision(),
		Sources: sources, VisitGap: c.cfg.VisitGap, Reach: trail.Reach{Region: c.cfg.RegionOrganisations, RegionRoles: c.cfg.RegionRoles, OwnStaff: c.cfg.OwnStaff},
		Draft: c.upcoming, DecidedBy: c.cfg.DecidedBy, Own: c.cfg.Own, Lasts: c.cfg.Lasts, Live: c.cfg.Live,
		Complete: c.cfg.Complete, Notice: c.cfg.TrailNotice, Clock: c.cfg.Clock, Log: c.cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	// The trail turns away by itself whoever it is not open to: that they tried is a
	// look too, and stands in the trail (attack 135).
	room.Mount(func(pattern string, h page.Handler) { at(pattern, c.door.SignedIn(h)) })
	return book, nil
}

// upcoming gives the policies that may come into force next: the draft, or else the folder on disk.
func (c *Console) upcoming() (fs.FS, error) {
	fsys, _, err := c.cfg.Desk.Or(c.cfg.PoliciesFolder)
	return fsys, err
}

func (c *Console) rules(at func(string, http.Handler), book *book.Book) error {
	names := map[string]string{}
	for _, s := range c.cfg.Collector.Sources() {
		names[s.Organisation.String()] = s.Name
	}
	room, err := rules.New(rules.Config{
		Base: c.cfg.Path, FS: c.cfg.Policies, Book: book, Engine: c.cfg.Engine, Previous: c.cfg.PreviousPolicies,
		Candidate: c.cfg.PoliciesFolder, Desk: c.cfg.Desk, InForce: c.cfg.PoliciesInForce,
		Proposals: c.cfg.Proposals, Trail: c.cfg.Trail, Live: c.cfg.Live != nil, Organisations: names,
		Lasts: c.cfg.Lasts, Prove: c.cfg.Prove, Mutants: c.cfg.Mutants, States: c.cfg.States,
		Clock: c.cfg.Clock, Log: c.cfg.Log,
	})
	if err != nil {
		return err
	}
	room.Mount(func(pattern string, h page.Handler) {
		at(pattern, c.door.Within(func(a page.Areas) bool { return a.Rules }, h))
	})
	return nil
}
