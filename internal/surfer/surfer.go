// Package surfer is a browser as far as tests of signing in need one: cookies with their
// path, host and SameSite (RFC 6265bis §5.2), redirects, Refresh, and the headers by
// which a browser says where a request comes from. It runs no scripts.
//
// A Surfer is for one goroutine.
package surfer

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Surfer is one tab. A site is a host name here.
type Surfer struct {
	t      *testing.T
	Client *http.Client            // follows no redirect by itself
	Jar    map[string]*http.Cookie // by host, path and name
	At     *url.URL                // where the tab is
	Resp   *http.Response          // the last answer; its body was read
	Body   string
	Seen   []string              // the addresses gone through, in order
	Hold   func(u *url.URL) bool // stops before an address; nil goes to all
	Modern bool                  // sends Sec-Fetch-Site
}

// New is a browser of today that has been nowhere.
func New(t *testing.T) *Surfer {
	return &Surfer{t: t, Jar: map[string]*http.Cookie{}, Modern: true, Client: &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Agent is the program that people of these tests use.
const Agent = "Surfer/1.0 (a test's browser)"

// CopyOf is another browser with the same cookies: somebody who stole them.
func (s *Surfer) CopyOf() *Surfer {
	other := New(s.t)
	for k, c := range s.Jar {
		other.Jar[k] = c
	}
	return other
}

// Tab is another tab of the same browser.
func (s *Surfer) Tab() *Surfer {
	other := New(s.t)
	other.Jar = s.Jar
	return other
}

// Open types an address, or follows a bookmark.
func (s *Surfer) Open(address string) *Surfer {
	s.t.Helper()
	s.At = nil
	return s.Navigate(http.MethodGet, address, nil)
}

// Click follows a link of the page.
func (s *Surfer) Click(address string) *Surfer {
	s.t.Helper()
	return s.Navigate(http.MethodGet, address, nil)
}

// Hidden finds the hidden fields of a page: name, value.
var Hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// Submit sends the form of the page whose action is the address, with its hidden fields.
func (s *Surfer) Submit(action string, fields url.Values) *Surfer {
	s.t.Helper()
	form := url.Values{}
	_, part, ok := strings.Cut(s.Body, `action="`+html.EscapeString(action)+`"`)
	if !ok {
		s.t.Fatalf("%s has no form to %s:\n%s", s.At, action, s.Text())
	}
	part, _, _ = strings.Cut(part, "</form>")
	for _, m := range Hidden.FindAllStringSubmatch(part, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	for name, values := range fields {
		form[name] = values
	}
	return s.Navigate(http.MethodPost, action, form)
}

// Navigate goes to an address, or sends a form there, and on to where that leads.
func (s *Surfer) Navigate(method, address string, form url.Values) *Surfer {
	s.t.Helper()
	from := s.At
	u, err := url.Parse(address)
	if err != nil {
		s.t.Fatal(err)
	}
	if from != nil {
		u = from.ResolveReference(u)
	}
	crossed := from != nil && from.Hostname() != u.Hostname()
	for range 12 {
		if s.Hold != nil && s.Hold(u) {
			s.At = u
			return s
		}
		s.once(method, u, form, from, crossed)
		s.Seen = append(s.Seen, u.String())
		if loc := s.Resp.Header.Get("Location"); loc != "" && s.Resp.StatusCode/100 == 3 {
			next, err := u.Parse(loc)
			if err != nil {
				s.t.Fatal(err)
			}
			if next.Hostname() != u.Hostname() {
				crossed = true // and stays so: the whole chain counts
			}
			if s.Resp.StatusCode == http.StatusSeeOther {
				method, form = http.MethodGet, nil
			}
			u = next
			continue
		}
		s.At = u
		if to, ok := strings.CutPrefix(s.Resp.Header.Get("Refresh"), "0; url="); ok {
			next, err := u.Parse(to)
			if err != nil {
				s.t.Fatal(err)
			}
			from, crossed, method, form = u, next.Hostname() != u.Hostname(), http.MethodGet, nil
			u = next
			continue
		}
		return s
	}
	s.t.Fatal("led on and on: ", s.Seen)
	return s
}

func (s *Surfer) once(method string, u *url.URL, form url.Values, from *url.URL, crossed bool) {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, u.String(), body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	site := "none"
	if from != nil {
		site = "same-origin"
		if from.Host != u.Host {
			site = "same-site"
		}
		if crossed {
			site = "cross-site"
		}
		if method == http.MethodPost {
			r.Header.Set("Origin", from.Scheme+"://"+from.Host)
			if s.Resp.Header.Get("Referrer-Policy") == "no-referrer" {
				r.Header.Set("Origin", "null") // Fetch §3.2
			}
		}
	}
	if s.Modern {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	for _, c := range s.Jar {
		if c.Domain != u.Hostname() || !strings.HasPrefix(u.Path+"/", strings.TrimSuffix(c.Path, "/")+"/") {
			continue
		}
		if crossed && (c.SameSite == http.SameSiteStrictMode || method != http.MethodGet) {
			continue
		}
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	r.Header.Set("User-Agent", Agent)
	resp, err := s.Client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Resp = resp
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	s.Body = string(text)
	for _, c := range s.Resp.Cookies() {
		c.Domain = u.Hostname()
		key := c.Domain + c.Path + c.Name
		if c.MaxAge < 0 || c.Value == "" {
			delete(s.Jar, key)
			continue
		}
		s.Jar[key] = c
	}
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// Text is what the page says.
func (s *Surfer) Text() string {
	_, main, _ := strings.Cut(s.Body, "<main")
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString("<main"+main, " ")), " "))
}

// Shows holds that the page has a status and says all texts.
func (s *Surfer) Shows(status int, texts ...string) *Surfer {
	s.t.Helper()
	if s.Resp.StatusCode != status {
		s.t.Errorf("%s: status %d, want %d:\n%s", s.At, s.Resp.StatusCode, status, s.Text())
	}
	for _, text := range texts {
		if !strings.Contains(s.Text(), text) {
			s.t.Errorf("%s does not say %q:\n%s", s.At, text, s.Text())
		}
	}
	return s
}

// Hides holds that the page holds none of the texts.
func (s *Surfer) Hides(texts ...string) *Surfer {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.Body, text) {
			s.t.Errorf("%s says %q:\n%s", s.At, text, s.Text())
		}
	}
	return s
}

// Session is the session cookie, nil when there is none.
func (s *Surfer) Session() *http.Cookie {
	for _, c := range s.Jar {
		if strings.HasSuffix(c.Name, "mcr-session") {
			return c
		}
	}
	return nil
}
