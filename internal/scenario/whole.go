package scenario

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/brokers"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
	"github.com/mycarerecord/mcr/upstreams"
)

// issuer signs the tokens of all stories; a key for each would take longer than
// the stories do.
var issuer = sync.OnceValue(func() *tokentest.Issuer { return tokentest.Start("https://issuer.example") })

// whole is a whole region for one story: a broker in front of every source, with
// one registry and one trail behind them.
type whole struct {
	*brokers.Region
	address    string // host:port of the brokers
	sourceBase string
	clock      *brokers.Clock
	engine     *noting
	source     *scripted
}

// build makes everything that is real, and the source, for one story.
func build(t testing.TB, s *Story, engine *decision.Engine) *whole {
	t.Helper()
	w := &whole{clock: brokers.NewClock(Noon), engine: &noting{Engine: engine}, source: &scripted{}}
	behind := httptest.NewServer(w.source)
	t.Cleanup(behind.Close)
	w.sourceBase = behind.URL + "/fhir"
	var walking, directory *broker.Walking
	if s.Settings.WalkingMost > 0 {
		walking = broker.NewWalking(s.Settings.WalkingMost, time.Duration(s.Settings.WalkingMinutes)*time.Minute)
	}
	if s.Settings.DirectoryMost > 0 {
		directory = broker.NewWalking(s.Settings.DirectoryMost, 10*time.Minute)
	}
	opt := brokers.Options{
		Name: "scenario", Clock: w.clock.Now, Decider: w.engine,
		Issuer: token.Issuer{
			Name: issuer().Name, JWKSURL: issuer().URL, Audience: []string{tokentest.Audience},
			Algorithms: []string{"ES256"}, Preset: token.PresetCIS2,
			MaxAge: 1000 * time.Hour, // stories let days pass in no time
		},
		Change: func(c *broker.Config) {
			c.Walking, c.Directory, c.Smart, c.Origins = walking, directory, s.Settings.Smart, s.Settings.Origins
		},
	}
	for id, source := range sources {
		held := organisations[source.organisation]
		ods, err := nhs.ParseODSCode(held.ods)
		if err != nil {
			t.Fatal(err)
		}
		opt.Sources = append(opt.Sources, upstreams.Source{
			ID: id, Name: held.name, ODS: ods, Kind: source.kind, Telephone: held.telephone,
			BaseURL: w.sourceBase, Timeout: 10 * time.Second, MaxBytes: 1 << 20,
		})
	}
	w.Region = brokers.Start(t, opt)
	w.address = strings.TrimPrefix(w.URL, "http://")
	return w
}

// learn imports facts into the registry.
func (w *whole) learn(t testing.TB, facts string) {
	t.Helper()
	if strings.TrimSpace(facts) == "" {
		return
	}
	if _, err := intake.Import(context.Background(), w.Registry, strings.NewReader(facts), intake.Options{By: "scenario"}); err != nil {
		t.Fatal(err)
	}
}
