//go:build servers

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/servers/postgres"
	"github.com/mycarerecord/mcr/registry"
	store "github.com/mycarerecord/mcr/registry/postgres"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/ended"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// door is a broker as far as it lets people in: who verifies tokens, with the list of what has
// ended, over a store.
type door struct {
	*token.Verifier
	*ended.List
	registry *registry.Registry
	store    *store.Store
	path     string
}

// region has one issuer, and as many doors as were opened.
type region struct {
	t       *testing.T
	address string
	issuer  *tokentest.Issuer
	key     *tokentest.Key
	ids     atomic.Int64
}

func newRegion(t *testing.T, address string) *region {
	key := tokentest.NewKey("ES256", "key-1")
	return &region{t: t, address: address, issuer: tokentest.NewIssuer(t, "https://issuer.example", key), key: key}
}

// open opens a door; path is where its list is, "" a new one.
func (r *region) open(path string) *door {
	r.t.Helper()
	if path == "" {
		path = filepath.Join(r.t.TempDir(), "ended-sessions")
	}
	d := &door{path: path}
	var err error
	if d.List, err = ended.Open(path, nil); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = d.List.Close() })
	d.store = open(r.t, r.address, store.Options{StaleAfter: 500 * time.Millisecond})
	d.Share(d.store, nil)
	d.store.OnChange(func(c store.Change) {
		if c.Resync {
			d.HearAll(c.Ended)
		} else {
			d.Hear(c.Ended...)
		}
	})
	d.registry = registry.New(d.store, registry.Options{Logger: quiet})
	d.Begin()
	d.Verifier, err = token.New(token.Config{Logger: quiet, Issuers: []token.Issuer{{
		Name: r.issuer.Name, JWKSURL: r.issuer.URL, Audience: []string{tokentest.Audience}, Clients: []string{"portal"},
		Algorithms: []string{"ES256"}, Preset: "cis2",
	}}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = d.Verifier.Close() })
	d.Heed(d.List)
	until(r.t, d.Ready)
	return d
}

// close ends a door as the end of its process does.
func (d *door) close(t *testing.T) {
	t.Helper()
	if err := errors.Join(d.registry.Close(), d.List.Close()); err != nil {
		t.Error(err)
	}
}

// bearer gives a token of a session.
func (r *region) bearer(session string) string {
	return r.issuer.Sign(r.issuer.Claims(time.Now(), map[string]any{"sid": session, "jti": fmt.Sprint("token-", r.ids.Add(1))}))
}

// logout gives a logout token of what changes say.
func (r *region) logout(changes string) string {
	now := time.Now().Unix()
	return r.key.Raw(`{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`, fmt.Sprintf(
		`{"iss":%q,"aud":"portal","iat":%d,"exp":%d,"jti":"logout-%d",%s,"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`,
		r.issuer.Name, now, now+120, r.ids.Add(1), changes))
}

// says waits until a door's answer to a token is as it should be.
func (d *door) says(t testing.TB, want, bearer string) {
	t.Helper()
	until(t, func() error {
		_, err := d.Verify(context.Background(), &token.Presented{Token: bearer})
		if got := token.Code(err); got != want {
			return fmt.Errorf("a token is %s, not %s", got, want)
		}
		return nil
	})
}

func TestServersWhatEndsAtOneBrokerEndsAtTheOther(t *testing.T) {
	r := newRegion(t, database(t))
	here, there := r.open(""), r.open("")
	one, two, mine := r.bearer("s1"), r.bearer("s2"), r.bearer("s3")
	for _, bearer := range []string{one, two, mine} {
		there.says(t, "accepted", bearer) // and held
	}
	text := r.logout(`"sid":"s1"`)
	if _, err := here.Logout(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	there.says(t, "revoked", one)
	there.says(t, "accepted", two)
	if _, err := there.Logout(t.Context(), text); token.Code(err) != "logout-replayed" {
		t.Errorf("the same logout at the other: %v", err)
	}
	if got, err := there.Revoke(t.Context(), mine, ""); err != nil || !got.Revoked {
		t.Fatalf("%+v, %v", got, err)
	}
	here.says(t, "revoked", mine)
	here.says(t, "accepted", two)
	if _, err := here.Logout(t.Context(), r.logout(`"sub":"555036632103"`)); err != nil {
		t.Fatal(err)
	}
	there.says(t, "revoked", two)
	// Who comes later hears all of it.
	late := r.open("")
	for _, bearer := range []string{one, two, mine} {
		late.says(t, "revoked", bearer)
	}
	if late.Len() != 3 || late.Untold() != 0 {
		t.Errorf("there are %d, %d untold", late.Len(), late.Untold())
	}
}

// The distribution of the second: from the issuer's logout token to the refusal at each of the
// seven others, while all verify tokens, read and write.
func TestServersALogoutIsHeardByEightBrokersUnderLoad(t *testing.T) {
	r := newRegion(t, database(t))
	var doors []*door
	for range 8 {
		doors = append(doors, r.open(""))
	}
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var written, read atomic.Int64
	for i, d := range doors {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if add(d.store, objects(number(1000*i+n), 1, registry.Active)) == nil {
					written.Add(1)
				}
			}
		})
		load.Go(func() {
			working := r.bearer("at-work")
			for n := 0; ctx.Err() == nil; n++ {
				if _, err := d.Verify(ctx, &token.Presented{Token: working}); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				_ = broker{Registry: d.registry}.optOut(number(n % 5000))
				read.Add(1)
			}
		})
	}
	const logouts = 50
	var mu sync.Mutex
	var told, heard []time.Duration
	began := time.Now()
	for n := range logouts {
		bearer := r.bearer(fmt.Sprint("s", n))
		for _, d := range doors {
			d.says(t, "accepted", bearer)
		}
		text := r.logout(fmt.Sprintf(`"sid":"s%d"`, n))
		var all sync.WaitGroup
		from := doors[n%8]
		sent := time.Now()
		for _, d := range doors {
			if d == from {
				continue
			}
			all.Go(func() {
				d.says(quietly{t}, "revoked", bearer)
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, time.Since(sent))
			})
		}
		if _, err := from.Logout(t.Context(), text); err != nil {
			t.Errorf("logout %d: %v", n, err)
		}
		told = append(told, time.Since(sent))
		all.Wait()
	}
	took := time.Since(began)
	stop()
	load.Wait()
	t.Logf("8 brokers, %d logouts in %v, meanwhile %d changes and %d reads", logouts, took.Round(time.Millisecond), written.Load(), read.Load())
	t.Logf("acknowledged to the issuer: %s", spread(told))
	t.Logf("refused at the 7 others:    %s", spread(heard))
}

// quietly is a test that is told of no waiting.
type quietly struct{ testing.TB }

func (quietly) Logf(string, ...any) {}
func (quietly) Helper()             {}

func spread(all []time.Duration) string {
	slices.Sort(all)
	at := func(part float64) time.Duration {
		return all[int(part*float64(len(all)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("n %d, p50 %v, p90 %v, p99 %v, most %v", len(all), at(.5), at(.9), at(.99), at(1))
}

// A database that is killed in the midst of logouts: each is in force where it came at once, and
// everywhere when the database is back. What was acknowledged is there, and all of it once.
func TestServersADatabaseThatIsKilledDuringALogout(t *testing.T) {
	server := postgres.Start(t)
	r := newRegion(t, server.Database(t, prepare))
	here, there := r.open(""), r.open("")
	var mu sync.Mutex
	var bearers, owed []string
	var kill sync.Once
	var all sync.WaitGroup
	killed := make(chan struct{})
	for n := range 40 {
		bearer, text := r.bearer(fmt.Sprint("s", n)), r.logout(fmt.Sprintf(`"sid":"s%d"`, n))
		bearers = append(bearers, bearer)
		all.Go(func() {
			if n >= 20 {
				<-killed // while it is away
			}
			_, err := here.Logout(context.Background(), text)
			here.says(t, "revoked", bearer)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
			case errors.Is(err, token.ErrLogoutFailed):
				owed = append(owed, text)
			default:
				t.Error(err)
			}
			if n < 20 {
				kill.Do(func() { server.Kill(t); close(killed) }) // others are under way
			}
		})
	}
	all.Wait()
	if len(owed) < 20 {
		t.Errorf("%d logouts were not acknowledged", len(owed))
	}
	if !errors.Is(here.Fault(), ended.ErrUntold) {
		t.Errorf("it is not red: %v", here.Fault())
	}
	path := there.path
	there.close(t)
	there = r.open(path) // with the file alone
	server.Start(t)
	for _, bearer := range bearers {
		there.says(t, "revoked", bearer)
	}
	until(t, here.Fault)
	for _, text := range owed { // their issuer tries again
		if _, err := here.Logout(t.Context(), text); err != nil {
			t.Errorf("again: %v", err)
		}
	}
	if got := server.SQL(t, r.address[strings.LastIndex(r.address, "/")+1:], "SELECT count(*) FROM registry.ended_session"); got != "40" {
		t.Errorf("%s are there", got)
	}
}

func TestServersABrokerThatIsStartedWithoutItsDatabaseKnowsWhatHadEnded(t *testing.T) {
	server := postgres.Start(t)
	r := newRegion(t, server.Database(t, prepare))
	here, there := r.open(""), r.open("")
	bearer, other := r.bearer("s1"), r.bearer("s2")
	if _, err := here.Logout(t.Context(), r.logout(`"sid":"s1"`)); err != nil {
		t.Fatal(err)
	}
	there.says(t, "revoked", bearer)
	there.close(t)
	server.Kill(t)
	there = r.open(there.path)
	if _, err := there.Verify(t.Context(), &token.Presented{Token: bearer}); token.Code(err) != "revoked" {
		t.Errorf("it was let in: %v", err)
	}
	// A logout that comes now is in force, and goes to the others when they can hear it.
	if _, err := there.Logout(t.Context(), r.logout(`"sid":"s2"`)); !errors.Is(err, ended.ErrUntold) {
		t.Errorf("got %v", err)
	}
	there.says(t, "revoked", other)
	there.close(t)
	there = r.open(there.path) // and is not forgotten by a restart
	server.Start(t)
	here.says(t, "revoked", other)
	until(t, there.Fault)
}
