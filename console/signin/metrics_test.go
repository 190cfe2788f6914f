package signin_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/internal/surfer"
)

// Whoever signs in, could not, and how sessions end is counted, without names.
func TestSignInsAreCounted(t *testing.T) {
	for _, c := range signin.Collectors() {
		c.(*prometheus.CounterVec).Reset()
	}
	k := newKit(t, nil)
	surfer.New(t).Open(k.url("/callback?code=x&state=forged")).Shows(400)
	k.signIn("consultant").Submit("/console/sign-out", nil)
	s := k.signIn("consultant")
	k.signInWith(s, "consultant")
	k.clock.Pass(10 * time.Minute)
	s.Open(k.url("/patients")).Shows(403)
	k.signIn("two-roles").Submit("/console/role", url.Values{"role": {"855004000200"}}).Shows(200)
	result, ended := signin.Collectors()[0].(*prometheus.CounterVec), signin.Collectors()[1].(*prometheus.CounterVec)
	for label, want := range map[string]float64{"journey": 1, "signed-in": 4, "denied": 0} {
		if got := testutil.ToFloat64(result.WithLabelValues(label)); got != want {
			t.Errorf("sign-ins %s: %v, want %v", label, got, want)
		}
	}
	for label, want := range map[string]float64{"role-changed": 1, "signed-in-again": 1, "signed-out": 1, "elsewhere": 0} {
		if got := testutil.ToFloat64(ended.WithLabelValues(label)); got != want {
			t.Errorf("sessions ended, %s: %v, want %v", label, got, want)
		}
	}
	if got := testutil.ToFloat64(ended.WithLabelValues("idle")); got < 1 { // other tests' sessions may end now, too
		t.Errorf("sessions that ended idle: %v", got)
	}
	docs, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mcr_console_sign_ins_total", "mcr_console_sessions_ended_total"} {
		if !strings.Contains(string(docs), "`"+name+"`") {
			t.Errorf("docs/metrics.md does not name %s", name)
		}
	}
}
