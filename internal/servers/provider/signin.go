//go:build servers

package provider

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Person is somebody's browser, as far as the provider sees it: it keeps cookies, and
// follows redirects as long as they lead within the provider.
type Person struct {
	provider *Provider
	client   *http.Client
	id       string // "sub"
}

// Person opens a browser without cookies for one of the people of the setup.
func (p *Provider) Person(id string) *Person {
	jar, _ := cookiejar.New(nil) // fails on no options
	return &Person{provider: p, id: id, client: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), p.Issuer) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// Follow goes to an address of the provider's, says who it is where that is asked, and
// gives the address of the client to which the provider leads back.
func (p *Person) Follow(address string) (back *url.URL, err error) {
	resp, err := p.client.Get(address)
	if err == nil && resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Request.URL.Path, "/interaction/") {
		err = resp.Body.Close()
		if err == nil {
			resp, err = p.client.PostForm(resp.Request.URL.String(), url.Values{"account": {p.id}}) //nolint:bodyclose // led closes it
		}
	}
	return led(resp, err)
}

// Leave ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0) and gives
// the address to which it leads back.
func (p *Person) Leave(address string) (back *url.URL, err error) {
	resp, err := p.client.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_, rest, found := strings.Cut(string(page), `name="xsrf" value="`)
	secret, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		return nil, fmt.Errorf("signing out: status %d: %s", resp.StatusCode, page)
	}
	return led(p.client.PostForm(p.provider.Issuer+"/session/end/confirm", url.Values{"xsrf": {secret}, "logout": {"yes"}}))
}

// led gives the address that an answer leads to.
func led(resp *http.Response, err error) (*url.URL, error) {
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if errors.Is(err, http.ErrNoLocation) {
		said, _ := io.ReadAll(resp.Body)
		return nil, fmt.Errorf("signing in: %s was answered %d: %s", resp.Request.URL, resp.StatusCode, said)
	}
	return to, err
}
