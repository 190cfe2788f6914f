package trail_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/console/trail"
)

// What a deployment says of its trail stands on every page, as text.
func TestANoticeStandsOnEveryPage(t *testing.T) {
	const notice, written = "Up to <now> it was made up.", "Up to &lt;now&gt; it was made up."
	with := open(t, openSQLite(t), func(cfg *trail.Config) { cfg.Notice = notice })
	without := open(t, openSQLite(t))
	for _, path := range []string{"/console/trail", "/console/trail/records", "/console/trail/patient"} {
		if _, body := with.get(t, path); strings.Count(body, written) != 1 {
			t.Errorf("%s does not say it once", path)
		}
		if _, body := without.get(t, path); strings.Contains(body, "nhsuk-inset-text") {
			t.Errorf("%s says something though there is nothing to say", path)
		}
	}
	for _, format := range []string{"csv", "json"} {
		if _, body := with.get(t, "/console/trail/records?format="+format); !strings.Contains(body, "it was made up.") {
			t.Errorf("a download as %s does not say it: %s", format, body)
		}
	} // A patient's report is handed over as a file: it says it too, and is complete all the same.
	for _, format := range []string{"csv", "json"} {
		if _, body := with.post(t, "/console/trail/patient", "patient", "999 000 0018", "format", format); !strings.Contains(body, "it was made up.") || format == "json" && !strings.Contains(body, `"complete": true`) {
			t.Errorf("the report as %s does not say it, or is not complete for it: %s", format, body)
		}
		if _, body := without.post(t, "/console/trail/patient", "patient", "999 000 0018", "format", format); strings.Contains(body, "it was made up.") {
			t.Errorf("the report as %s says it though there is nothing to say", format)
		}
	}
}
