package signin

import "github.com/prometheus/client_golang/prometheus"

// The metrics live as long as the process: Caddy's registry is new at each load of a
// configuration, and they are registered again. No label names a person.
var (
	signInsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Subsystem: "console", Name: "sign_ins_total",
		Help: "Sign-ins by result: signed-in, or why not: journey (begun elsewhere, too long ago, or forged), denied (by the issuer), not-verified, bound (its token is bound to a key and cannot be carried on), no-role, issuer-away.",
	}, []string{"result"})
	sessionsEndedTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "mcr", Subsystem: "console", Name: "sessions_ended_total",
		Help: "Sessions that ended, by why: signed-out, idle, longest (after a working day), signed-in-again (in the same browser), role-changed, not-accepted (its token, any more), elsewhere (too many of one person), crowded (too many of all).",
	}, []string{"why"})
)

// Collectors gives the package's metrics, to be registered once a registry.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{signInsTotal, sessionsEndedTotal}
}

func countSignIn(result string) { signInsTotal.WithLabelValues(result).Inc() }

func countEnd(why string) { sessionsEndedTotal.WithLabelValues(why).Inc() }
