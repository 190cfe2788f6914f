//go:build servers

package provider_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/mycarerecord/mcr/internal/servers/provider"
)

// signIn has somebody of the cast sign in at a native client, by the authorization code
// flow with PKCE (RFC 8252), with the libraries by which Go programs do that.
func (w *world) signIn(t *testing.T, client, who string, scopes []string, options ...oauth2.AuthCodeOption) *oauth2.Token {
	t.Helper()
	return w.signInWith(t, t.Context(), w.Person(w.people[who]), client, scopes, "", options...)
}

// signInWith does so in somebody's browser. ctx may have the client that redeems the code,
// and redeems a place of its own to do so.
func (w *world) signInWith(t *testing.T, ctx context.Context, who *provider.Person, client string, scopes []string, redeems string, options ...oauth2.AuthCodeOption) *oauth2.Token {
	t.Helper()
	op, err := oidc.NewProvider(t.Context(), w.Provider.Issuer)
	must(t, err)
	app := oauth2.Config{ClientID: client, Endpoint: op.Endpoint(), RedirectURL: callback, Scopes: scopes}
	app.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	if redeems != "" {
		app.Endpoint.TokenURL = redeems
	}
	verifier := oauth2.GenerateVerifier()
	back, err := who.Follow(app.AuthCodeURL("a state", append(options, oauth2.S256ChallengeOption(verifier))...))
	must(t, err)
	if q := back.Query(); q.Get("error") != "" || q.Get("state") != "a state" || q.Get("iss") != w.Provider.Issuer {
		t.Fatalf("the provider leads back to %s", back)
	}
	token, err := app.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	must(t, err)
	return token
}

var wanted = []string{"openid", "profile", "nationalrbacaccess"}

// token is an access token of somebody's, for the broker.
func (w *world) token(t *testing.T, client, who string) string {
	t.Helper()
	return w.signIn(t, client, who, wanted).AccessToken
}

// answer is what a broker answered.
type answer struct {
	status int
	code   string // of the refusal
	header http.Header
	body   string
}

// ask asks for a patient of Riverside Surgery's own.
func (w *world) ask(t *testing.T, token string) answer {
	t.Helper()
	return w.do(t, http.DefaultClient, w.patient(t), http.Header{"Authorization": {"Bearer " + token}})
}

// fhir is the broker's FHIR API.
func (w *world) fhir() string { return "http://" + w.address + "/gp-riverside/fhir" }

// patient is the address of that patient.
func (w *world) patient(t *testing.T) string {
	t.Helper()
	number := w.flagged(t, "own-record").NHSNumber
	return w.fhir() + "/Patient?" + url.Values{"identifier": {"https://fhir.nhs.uk/Id/nhs-number|" + number}}.Encode()
}

func (w *world) do(t *testing.T, client *http.Client, address string, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	must(t, err)
	req.Header = header
	resp, err := client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{resp.StatusCode, codeOf(body), resp.Header, string(body)}
}

// codeOf gives the code of an OperationOutcome.
func codeOf(body []byte) string {
	var outcome struct {
		Issue []struct {
			Details struct{ Coding []struct{ Code string } }
		}
	}
	if json.Unmarshal(body, &outcome) != nil || len(outcome.Issue) == 0 || len(outcome.Issue[0].Details.Coding) == 0 {
		return ""
	}
	return outcome.Issue[0].Details.Coding[0].Code
}

// released sees that the patient came.
func (w *world) released(t *testing.T, what string, a answer) {
	t.Helper()
	if a.status != http.StatusOK || !strings.Contains(a.body, w.flagged(t, "own-record").NHSNumber) {
		t.Errorf("%s: %d %s", what, a.status, a.body)
	}
}

// refused sees that nothing came, and that the broker's metrics say why: a client is
// told no more than that the token is not accepted.
func (w *world) refused(t *testing.T, what string, status int, why string, ask func() answer) {
	t.Helper()
	before := w.judged(t)[why]
	a := ask()
	if after := w.judged(t)[why]; a.status != status || after != before+1 || strings.Contains(a.body, w.flagged(t, "own-record").NHSNumber) {
		t.Errorf("%s: %d %q, want %d; %v tokens more are judged %q, now %v", what, a.status, a.code, status, after-before, why, w.judged(t))
	}
}

// judged counts the tokens that were judged, by what came of it.
func (w *world) judged(t *testing.T) map[string]float64 {
	t.Helper()
	resp, err := http.Get("http://" + w.metrics + "/metrics")
	must(t, err)
	defer resp.Body.Close()
	counts := map[string]float64{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "} ")
		labels, ok := strings.CutPrefix(name, "mcr_token_verifications_total{")
		if !ok {
			continue
		}
		_, result, _ := strings.Cut(labels, `result="`)
		n, err := strconv.ParseFloat(value, 64)
		must(t, err)
		counts[strings.TrimSuffix(result, `"`)] += n
	}
	return counts
}
