package signin

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
)

func TestWhatAnIssuerEndsIsOver(t *testing.T) {
	began := time.Date(2026, 3, 2, 12, 0, 0, 500_000_000, time.UTC)
	for name, c := range map[string]struct {
		session, subject string
		before           time.Time
		left             []string
	}{
		"a session":                          {"s1", "", began, []string{"ann, s2", "ann", "bob, s3"}},
		"a session of a person":              {"s1", "ann", began, []string{"ann, s2", "bob, s3"}},
		"all sessions of a person":           {"", "ann", began.Truncate(time.Second), []string{"bob, s3"}},
		"those that began before":            {"", "ann", began.Add(-time.Second), []string{"ann, s1", "ann, s2", "ann", "bob, s3"}},
		"nobody":                             {"", "", began, []string{"ann, s1", "ann, s2", "ann", "bob, s3"}},
		"a session that nobody is in":        {"s9", "", began, []string{"ann, s1", "ann, s2", "ann", "bob, s3"}},
		"a session of somebody, elsewhere":   {"s9", "ann", began, []string{"ann, s1", "ann, s2", "bob, s3"}},
		"another person, in the first's one": {"s2", "bob", began, []string{"ann, s1", "ann", "bob, s3"}},
	} {
		all := newSessions(time.Hour, time.Hour, func() time.Time { return began })
		ids := map[string]string{}
		for who, held := range map[string]grant{
			"ann, s1": {subject: "ann", session: "s1"}, "ann, s2": {subject: "ann", session: "s2"}, "ann": {subject: "ann"}, "bob, s3": {subject: "bob", session: "s3"},
		} {
			ids[who] = all.open(held, access.Subject{UserID: who}, nil)
		}
		if n := all.EndAtIssuer(c.session, c.subject, c.before); n != 4-len(c.left) {
			t.Errorf("%s: %d ended", name, n)
		}
		for _, who := range c.left {
			if _, there := all.peek(ids[who]); !there {
				t.Errorf("%s: the session of %s is over", name, who)
			}
		}
	}
}
