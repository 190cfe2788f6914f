package access_test

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
)

func TestAPermissionEndsWhenItSaysSoOrWhenItHasRunForLongEnough(t *testing.T) {
	from := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		until   time.Time
		longest time.Duration
		want    time.Time
	}{
		"sooner than the bound": {from.Add(time.Hour), 48 * time.Hour, from.Add(time.Hour)},
		"at the bound":          {from.Add(48 * time.Hour), 48 * time.Hour, from.Add(48 * time.Hour)},
		"later than the bound":  {from.Add(1000 * time.Hour), 48 * time.Hour, from.Add(48 * time.Hour)},
		"no end of its own":     {time.Time{}, 48 * time.Hour, from.Add(48 * time.Hour)},
		"no bound":              {from.Add(1000 * time.Hour), 0, from.Add(1000 * time.Hour)},
		"neither":               {time.Time{}, 0, time.Time{}},
	} {
		p := access.Permission{Validity: access.Validity{From: from, Until: c.until}}
		if got := p.Ends(c.longest); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
