package rules_test

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/release"
)

// Who proposes while it is judged still does not type it all again.
func TestWhatIsTypedOfAReleaseIsKeptWhileTheDraftIsJudged(t *testing.T) {
	d := newDrafting(t, func(cfg *rules.Config) { cfg.Moment = time.Nanosecond }).begun(t)
	_, body, _ := d.post(t, "/rules/draft/propose", url.Values{"saw": {d.now(t).Fingerprint()}, "serial": {"7"}, "reason": {"Twelve hours are enough"}})
	wants(t, body, "still being run", "Twelve hours are enough")
}

// The release that comes out of the draft holds what the draft holds, and two people can approve it.
func TestADraftIsProposedAsARelease(t *testing.T) {
	d := newDrafting(t, nil).begun(t)
	const at = "/rules/draft/settings/permission.default_hours"
	d.done(t, at, d.form(t, at, "value", "12"))
	_, body := d.get(t, "/rules/draft/propose")
	wants(t, body, "It passes", "Hours that a permission runs when nothing is said", "All that changes", "Who answers for it", `value="Priya Shah"`, `value="2026-03-02.1"`)

	form := d.form(t, "/rules/draft/propose", "serial", "7", "revision", "2026-03-02.7", "author", "Priya Shah", "reason", "Twelve hours are enough", "expires", "2026-03-31")
	status, body, header := d.post(t, "/rules/draft/propose", form)
	if status != http.StatusOK || header.Get("Content-Type") != "application/gzip" || header.Get("Content-Disposition") != `attachment; filename="2026_03_02_7.tar.gz"` {
		t.Fatal(status, header, body)
	}
	one, err := release.Read(t.Context(), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	s := one.Statement
	if s.Serial != 7 || s.Revision != "2026-03-02.7" || s.Author != "Priya Shah" || s.Reason != "Twelve hours are enough" || s.Fingerprint != d.now(t).Fingerprint() || !s.Expires.Equal(time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", s)
	}
	text, err := fs.ReadFile(one.FS, settings)
	if err != nil || !bytes.Contains(text, []byte(`"default_hours": 12`)) {
		t.Error(err)
	}
	for name, c := range map[string]struct{ field, value, says string }{
		"no serial": {"serial", "", "Give a serial"}, "serial 0": {"serial", "0", "Give a serial"}, "no reason": {"reason", "", "Say why, in words"},
		"no day": {"expires", "31/3", "Write the day"}, "over already": {"expires", "2026-03-01", "This day is over"}, "another draft": {"saw", "0", "since you looked at it"},
		"no revision": {"revision", "", `aria-describedby="revision-hint revision-error"`},
	} {
		other := url.Values{}
		for k, v := range form {
			other[k] = v
		}
		other.Set(c.field, c.value)
		if status, body, _ := d.post(t, "/rules/draft/propose", other); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		} else {
			wants(t, body, c.says)
		}
	}
	const far = "/rules/draft/settings/permission.longest_hours"
	d.done(t, far, d.form(t, far, "value", "-1"))
	form.Set("saw", d.now(t).Fingerprint())
	_, body = d.get(t, "/rules/draft/propose")
	wants(t, body, "It does not pass")
	if strings.Contains(body, "Download the release") {
		t.Error("a draft that does not pass is offered")
	}
	if status, body, _ := d.post(t, "/rules/draft/propose", form); status != http.StatusUnprocessableEntity {
		t.Error("a draft that does not pass was packed", status, body)
	}
}

// Who proposes while not all states are through through is told so, outside of what is folded up.
func TestWhatIsNotKnownYetOfADraftIsSaidWhereItIsProposed(t *testing.T) {
	through := make(chan struct{})
	d := newDrafting(t, func(cfg *rules.Config) {
		cfg.Moment = 10 * time.Millisecond
		cfg.States = func(ctx context.Context, _, _ fs.FS) (book.StateChanges, error) {
			select {
			case <-through:
			case <-ctx.Done():
			}
			return book.StateChanges{}, ctx.Err()
		}
	}).begun(t)
	const at = "/rules/draft/settings/permission.default_hours"
	d.done(t, at, d.form(t, at, "value", "12"))
	known := func() string {
		for {
			if _, body := d.get(t, "/rules/draft/propose"); !strings.Contains(body, "Its tests and cases are run") {
				open, _, _ := strings.Cut(body, "<details")
				return open
			}
		}
	}
	const notYet = "Whether it lets out more in any state is not known yet"
	wants(t, known(), "It passes", notYet)
	close(through)
	said := known()
	for strings.Contains(said, notYet) {
		said = known()
	}
	wants(t, said, "Nothing that would change lets out more")
}
