package suite_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// compared lets cmp see into the identifiers, and takes nil lists for empty ones.
var compared = cmp.Options{
	cmp.Comparer(func(a, b nhs.Number) bool { return a == b }),
	cmp.Comparer(func(a, b nhs.ODSCode) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

// number gives the i-th valid NHS number of the range set aside for tests.
func number(i int) nhs.Number {
	body := fmt.Sprintf("999%06d", i*7)
	for check := range 10 {
		if n, err := nhs.ParseNumber(fmt.Sprint(body, check)); err == nil {
			return n
		}
	}
	return number(i + 100_000) // no check digit fits
}

func ods(s string) nhs.ODSCode {
	code, err := nhs.ParseODSCode(s)
	if err != nil {
		panic(err)
	}
	return code
}

func quiet(opt registry.Options) registry.Options {
	if opt.Clock == nil {
		opt.Clock = func() time.Time { return noon }
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return opt
}

func open(t testing.TB, path string) *registry.Registry {
	t.Helper()
	return openWith(t, path, registry.Options{})
}

// openStore opens what is kept at a path.
var openStore = func(_ testing.TB, path string, opt registry.Options) (registry.Store, error) {
	return sqlite.Open(path, sqlite.Options{Clock: opt.Clock, Logger: opt.Logger})
}

func openWith(t testing.TB, path string, opt registry.Options) *registry.Registry {
	t.Helper()
	opt = quiet(opt)
	store, err := openStore(t, path, opt)
	if err != nil {
		t.Fatal(err)
	}
	r := registry.New(store, opt)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func fresh(t testing.TB) *registry.Registry {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "registry.db"))
}

func load(t testing.TB, r *registry.Registry, lines ...string) intake.Imported {
	t.Helper()
	done, err := intake.Import(context.Background(), r, strings.NewReader(strings.Join(lines, "\n")), as("tester"))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// as says who imports.
func as(who string) intake.Options {
	return intake.Options{By: who, Clock: func() time.Time { return noon }}
}

// asks is the question of user u1 of RXA01 about a patient at noon.
func asks(who nhs.Number) access.Question {
	return access.Question{Time: noon, Patient: who, Action: access.View, Purpose: access.DirectCare,
		Subject: access.Subject{UserID: "u1", Organisation: ods("RXA01")}}
}

func by(q access.Question, user, organisation string) access.Question {
	q.Subject.UserID, q.Subject.Organisation = user, ods(organisation)
	return q
}

// states makes the question a statement of its subject.
func states(q access.Question, action access.Action, s access.Statement) access.Question {
	s.Patient, s.UserID, s.Organisation = q.Patient, q.Subject.UserID, q.Subject.Organisation
	q.Action, q.Statement = action, &s
	return q
}

// record prepares and commits a statement.
func record(t testing.TB, r *registry.Registry, q access.Question, id string) {
	t.Helper()
	c, err := r.Prepare(context.Background(), q, id)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Rollback()
	if err := c.Commit(); err != nil {
		t.Fatal(err)
	}
}

func gather(r *registry.Registry, q access.Question) access.Facts {
	return r.Gather(context.Background(), q)
}

// FHIR resources as an import takes them.

func naming(who nhs.Number) string {
	return fmt.Sprintf(`{"identifier":{"system":%q,"value":%q}}`, nhs.NumberSystem, who.Digits())
}

func organisation(code string) string {
	return fmt.Sprintf(`{"identifier":{"system":%q,"value":%q}}`, nhs.ODSSystem, code)
}

func professional(user string) string {
	return fmt.Sprintf(`{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":%q}}`, user)
}

func patient(id string, who nhs.Number, more string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}]%s}`,
		id, nhs.NumberSystem, who.Digits(), more)
}

func registeredWith(code, phone string) string {
	return fmt.Sprintf(`,"contained":[{"resourceType":"Organization","id":"gp","identifier":[{"system":%q,"value":%q}],`+
		`"name":"Surgery %s","telecom":[{"system":"phone","value":%q}]}],"generalPractitioner":[{"reference":"#gp"}]`,
		nhs.ODSSystem, code, code, phone)
}

func linked(kind string, other nhs.Number) string {
	return fmt.Sprintf(`,"link":[{"other":%s,"type":%q}]`, naming(other), kind)
}

func episode(id string, who nhs.Number, code, status, period string) string {
	return fmt.Sprintf(`{"resourceType":"EpisodeOfCare","id":%q,"status":%q,"patient":%s,"managingOrganization":%s,"period":%s}`,
		id, status, naming(who), organisation(code), period)
}

func consent(id, category string, who nhs.Number, status, provision, more string) string {
	return fmt.Sprintf(`{"resourceType":"Consent","id":%q,"status":%q,"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},`+
		`"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":%q}]}],"patient":%s,"provision":%s%s}`,
		id, status, category, naming(who), provision, more)
}

func optOut(id string, who nhs.Number, status string) string {
	return consent(id, "opt-out", who, status, `{"type":"deny"}`, "")
}

func yes(id string, who nhs.Number, user, code, status string) string {
	return consent(id, "permission-to-view", who, status, `{"type":"permit","period":{"end":"2026-12-23T12:00:00Z"}}`,
		`,"dateTime":"2026-11-20T12:00:00Z","performer":[`+professional(user)+`],"organization":[`+organisation(code)+`]`)
}

func order(id string, who nhs.Number, performers, status string) string {
	return fmt.Sprintf(`{"resourceType":"ServiceRequest","id":%q,"status":%q,"intent":"order","category":[{"coding":[{"system":"http://snomed.info/sct","code":"108252007"}]}],`+
		`"subject":%s,"performer":[%s],"authoredOn":"2026-11-20T09:00:00Z"}`, id, status, naming(who), performers)
}
