//go:build servers

package servers_test

import (
	"context"
	"testing"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/policies"
)

// world is a FHIR server that nobody here wrote, holding patients that nobody
// here made, and the policies as they are published.
type world struct {
	configure func(*broker.Config) // what more the broker is told; may be nil
	hapi      string               // base address
	patients  []servers.Patient
	policies  *decision.Revision
}

// The promises hold in front of HAPI FHIR too. Each part has a broker of its own.
func TestServersHAPI(t *testing.T) {
	revision, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatalf("loading the policies: %v", err)
	}
	w := world{hapi: servers.HAPI(t), policies: revision}
	w.patients = servers.LoadSynthea(t, w.hapi)
	for _, part := range []struct {
		name string
		test func(*testing.T, world)
	}{
		{"own record", ownRecord},
		{"permission", permission},
		{"routine GP", routineGP},
		{"opt-out", optOut},
		{"pages", pages},
		{"pages of others", pagesOfOthers},
		{"behind a proxy", behindAProxy},
		{"reads", reads},
		{"ways to ask", waysToAsk},
		{"includes", includes},
		{"awkward entries", awkwardEntries},
		{"versions", versions},
		{"wholes", wholes},
		{"numbers", numbers},
		{"everything that is offered", everythingOffered},
		{"what does not leave", whatDoesNotLeave},
		{"the source fails", sourceFails},
		{"the client hangs up", clientHangsUp},
		{"attacks", attacks},
		{"the attack suite", attackSuite},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, w) })
	}
}
