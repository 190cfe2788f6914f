package caddymodule

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/token"
)

// tokenFields are the fields of an issuer by the words with which package token begins.
var tokenFields = map[string]string{
	"jwks": "jwks_url", "jwks url": "jwks_url", "jwks file": "jwks_file", "name": "name", "audience": "audience", "algorithms": "algorithms",
	"scopes": "scopes", "organisations": "organisations", "roles": "roles", "preset": "preset", "claims": "claims", "clients": "clients", "introspection": "introspection", "userinfo": "userinfo", "max age": "max_age", "durations": "refresh_every",
}

// checkIssuers gives the faults of every issuer, and reads the keys that are in files.
func (a *App) checkIssuers() (faults []error) {
	named := map[string]int{}
	for n, issuer := range a.Issuers {
		path := fmt.Sprintf("%s.issuers[%d]", inBroker, n)
		fault := func(field, format string, args ...any) {
			faults = append(faults, Fault{path + "." + field, fmt.Sprintf("issuer %s: %s", issuer.Name, fmt.Sprintf(format, args...))})
		}
		if first, twice := named[issuer.Name]; twice {
			fault("name", "it stands here twice, as issuer %d and %d; keep one", first+1, n+1)
		}
		named[issuer.Name] = n
		trusted := issuer.trusted()
		if err := issuer.asked(&trusted); err != nil {
			fault("introspection", "%v", err)
		}
		for _, err := range trusted.Faults() {
			what, _, _ := strings.Cut(err.Error(), ":")
			fault(tokenFields[what], "%v", err)
		}
		if why := issuerForm(issuer.Name); why != "" && issuer.Name != "" {
			fault("name", "%s", why)
		}
		for _, audience := range issuer.Audience {
			if strings.TrimSpace(audience) != audience || strings.ContainsAny(audience, " \t,;\"'") {
				fault("audience", "audience: %q: give one value after the other, each as it stands in aud, with blanks between and nothing else", audience)
			}
		}
		if issuer.JWKSFile != "" {
			if wrong := file("jwks_file", issuer.JWKSFile); len(wrong) > 0 {
				fault("jwks_file", "%s", wrong[0].(Fault).Text) //nolint:errorlint // file gives these
			} else if err := token.CheckKeys(issuer.JWKSFile); err != nil {
				fault("jwks_file", "jwks_file: %v", err)
			}
		}
	}
	return faults
}

// issuerForm says what in an issuer's name no token can say: "iss" is compared byte for byte.
// A name that is no address is taken as it is (RFC 7519 section 4.1.1: a text or an address).
func issuerForm(name string) string {
	if strings.TrimSpace(name) != name || strings.ContainsAny(name, " \t") {
		return fmt.Sprintf("%q holds a blank; write it exactly as tokens say it in iss", name)
	}
	if !strings.Contains(name, "://") {
		return ""
	}
	u, err := url.Parse(name)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(name, "?#"):
		return "this is no address of an issuer; write scheme, host and path, exactly as tokens say it in iss"
	case u.Scheme != "https" && !(u.Scheme == "http" && onThisMachine(u.Hostname())):
		return "an issuer is named with https (http for this machine alone); write it exactly as tokens say it in iss"
	case !strings.HasPrefix(name, u.Scheme+"://"+strings.ToLower(u.Host)):
		return "its scheme and host are written in small letters in tokens; write it exactly as they say it in iss"
	case strings.Contains(u.Path, "/.well-known/"):
		return "this is the address of a document about the issuer; write what stands in it under issuer"
	}
	return ""
}

func onThisMachine(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}

// askIssuer compares an issuer's name and keys with what it publishes (OpenID Connect
// Discovery section 4). wrong is a fault; unsure is what could not be found out.
func askIssuer(ctx context.Context, issuer Issuer) (wrong, unsure string) {
	if !strings.Contains(issuer.Name, "://") || issuer.JWKSURL == "" {
		return "", "" // it is no address, or nothing of it is asked for
	}
	document := strings.TrimSuffix(issuer.Name, "/") + "/.well-known/openid-configuration"
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, document, nil)
	if err != nil {
		return "", err.Error()
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		return "", fmt.Sprintf("%s cannot be reached, so that the issuer's name is not compared with it: %v", document, err)
	}
	defer answer.Body.Close()
	var published struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if answer.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&published) != nil || published.Issuer == "" {
		return "", fmt.Sprintf("%s does not say what the issuer is called (status %d), so that its name is not compared", document, answer.StatusCode)
	}
	if published.Issuer != issuer.Name {
		return fmt.Sprintf("the issuer calls itself %q, and tokens say it in iss byte for byte; write it so", published.Issuer), ""
	}
	if published.Keys != "" && published.Keys != issuer.JWKSURL {
		return "", fmt.Sprintf("its keys are at %s by its own word, and jwks_url is %s", published.Keys, issuer.JWKSURL)
	}
	return "", ""
}
