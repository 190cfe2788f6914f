package vouch_test

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/mycarerecord/mcr/vouch"
)

func Example() {
	_, key, _ := ed25519.GenerateKey(nil)
	collector := vouch.NewSigner(key, nil)

	// The collector asks a broker for somebody.
	r := httptest.NewRequest(http.MethodGet, "https://broker.example/fhir/Observation?patient=p1", nil)
	r.Header.Set("Authorization", "Bearer token")
	collector.Sign(r, vouch.Person{Address: netip.MustParseAddr("203.0.113.7"), Agent: "Firefox"}, "")

	// The broker's operator has named the collector's key.
	broker, err := vouch.NewVerifier(map[string]string{collector.PublicKey(): "wend-region"}, vouch.NewSeen(), nil)
	if err != nil {
		panic(err)
	}
	for range 2 {
		person, by, err := broker.Person(r, "")
		fmt.Printf("%s %s, says %q: %v\n", person.Address, person.Agent, by, err)
	}
	// Output:
	// 203.0.113.7 Firefox, says "wend-region": <nil>
	// invalid IP , says "": replayed
}
