package broker_test

import (
	stdjson "encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

const wellKnown = "/fhir/.well-known/smart-configuration"

var smart = &broker.Smart{
	AuthorizationEndpoint: "https://issuer.example/authorize", TokenEndpoint: "https://issuer.example/token",
	Issuer: "https://issuer.example", JWKSURI: "https://issuer.example/jwks",
}

func TestWhereToSignInIsSaidToAnybodyInBothPlaces(t *testing.T) {
	k := newKit(t)
	k.configure = func(cfg *broker.Config) { cfg.Smart = smart }
	k.source = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the source was asked") })
	w := k.do(httptest.NewRequest(http.MethodGet, wellKnown, nil))
	var got map[string]any
	if err := stdjson.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if got["authorization_endpoint"] != smart.AuthorizationEndpoint || got["token_endpoint"] != smart.TokenEndpoint || got["issuer"] != smart.Issuer ||
		got["jwks_uri"] != smart.JWKSURI || got["capabilities"] == nil || got["code_challenge_methods_supported"] == nil || got["grant_types_supported"] == nil {
		t.Error(w.Body)
	}
	if rec := k.only(); rec.Interaction != "smart-configuration" || rec.Outcome != audit.Released || rec.Action != "" {
		t.Errorf("%+v", rec)
	}
	w = k.do(httptest.NewRequest(http.MethodGet, "/fhir/metadata", nil))
	if !strings.Contains(strings.Join(strings.Fields(w.Body.String()), ""), `"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[`+
		`{"url":"authorize","valueUri":"https://issuer.example/authorize"},{"url":"token","valueUri":"https://issuer.example/token"}]}]`) {
		t.Error(w.Body)
	}
}

func TestWhereToSignInIsNotFoundUnlessConfigured(t *testing.T) {
	k := newKit(t)
	closed(t, k.do(httptest.NewRequest(http.MethodGet, wellKnown, nil)), http.StatusNotFound, "not-found")
	k.only()
	if w := k.do(httptest.NewRequest(http.MethodGet, "/fhir/metadata", nil)); strings.Contains(w.Body.String(), "oauth-uris") {
		t.Error(w.Body)
	}
	for _, path := range []string{"/fhir/.well-known/openid-configuration", "/fhir/.well-known/smart-configuration/x", "/fhir/Patient/.well-known/smart-configuration"} {
		closed(t, k.get(path), http.StatusBadRequest, "path-not-understood")
	}
}

func TestAddressesThatOthersCanReadAndOriginsThatAreNoneAreRefused(t *testing.T) {
	for _, change := range []func(*broker.Smart){
		func(s *broker.Smart) { s.TokenEndpoint = "" },
		func(s *broker.Smart) { s.AuthorizationEndpoint = "http://issuer.example/authorize" },
		func(s *broker.Smart) { s.TokenEndpoint = "ftp://issuer.example/token" },
		func(s *broker.Smart) { s.JWKSURI = "" },
		func(s *broker.Smart) { s.Issuer = "https://u:p@issuer.example" },
	} {
		bad := *smart
		change(&bad)
		if err := brokerOf(t, func(cfg *broker.Config) { cfg.Smart = &bad }); err == nil {
			t.Errorf("taken: %+v", bad)
		}
	}
	local := &broker.Smart{AuthorizationEndpoint: "http://127.0.0.1:1/authorize", TokenEndpoint: "http://localhost:1/token"}
	if err := brokerOf(t, func(cfg *broker.Config) { cfg.Smart = local }); err != nil {
		t.Error(err)
	}
	for _, origin := range []string{
		"*", "null", "", "app.example", "http://app.example", "https://app.example/", "https://app.example/x", "https://*.example", "https://App.example",
		"https://app.example:443", "https://u@app.example", "https://app.example?x", "file://app",
	} {
		if err := brokerOf(t, func(cfg *broker.Config) { cfg.Origins = []string{origin} }); err == nil {
			t.Errorf("taken: %q", origin)
		}
	}
	if err := brokerOf(t, func(cfg *broker.Config) { cfg.Origins = []string{"https://app.example:8443", "http://localhost:8000"} }); err != nil {
		t.Error(err)
	}
}

// brokerOf says what is wrong with a configuration.
func brokerOf(t *testing.T, change func(*broker.Config)) (err error) {
	t.Helper()
	k := newKit(t)
	k.configure = func(cfg *broker.Config) {
		change(cfg)
		_, err = broker.New(*cfg)
		cfg.Smart, cfg.Origins = nil, nil
	}
	k.handler()
	return err
}
