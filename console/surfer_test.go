package console_test

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

// surfer is a browser as far as signing in needs one: cookies with their path,
// host and SameSite (RFC 6265bis §5.2), redirects, Refresh, and the headers by
// which a browser says where a request comes from. A site is a host name here.
type surfer struct {
	t      *testing.T
	client *http.Client
	jar    map[string]*http.Cookie // by host, path and name
	at     *url.URL
	resp   *http.Response
	body   string
	seen   []string // the addresses gone through, in order
	hold   func(u *url.URL) bool
	modern bool // sends Sec-Fetch-Site
}

func newSurfer(t *testing.T) *surfer {
	return &surfer{t: t, jar: map[string]*http.Cookie{}, modern: true, client: &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// surferAgent is the program that people of these tests use.
const surferAgent = "Surfer/1.0 (a test's browser)"

// copyOf is another browser with the same cookies: somebody who stole them.
func (s *surfer) copyOf() *surfer {
	other := newSurfer(s.t)
	for k, c := range s.jar {
		other.jar[k] = c
	}
	return other
}

// tab is another tab of the same browser.
func (s *surfer) tab() *surfer {
	other := newSurfer(s.t)
	other.jar = s.jar
	return other
}

// open types an address, or follows a bookmark.
func (s *surfer) open(address string) *surfer {
	s.t.Helper()
	s.at = nil
	return s.navigate(http.MethodGet, address, nil)
}

// click follows a link of the page.
func (s *surfer) click(address string) *surfer {
	s.t.Helper()
	return s.navigate(http.MethodGet, address, nil)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// submit sends the form of the page whose action is the address, with its hidden fields.
func (s *surfer) submit(action string, fields url.Values) *surfer {
	s.t.Helper()
	form := url.Values{}
	_, part, ok := strings.Cut(s.body, `action="`+html.EscapeString(action)+`"`)
	if !ok {
		s.t.Fatalf("%s has no form to %s:\n%s", s.at, action, s.text())
	}
	part, _, _ = strings.Cut(part, "</form>")
	for _, m := range hidden.FindAllStringSubmatch(part, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	for name, values := range fields {
		form[name] = values
	}
	return s.navigate(http.MethodPost, action, form)
}

func (s *surfer) navigate(method, address string, form url.Values) *surfer {
	s.t.Helper()
	from := s.at
	u, err := url.Parse(address)
	if err != nil {
		s.t.Fatal(err)
	}
	if from != nil {
		u = from.ResolveReference(u)
	}
	crossed := from != nil && from.Hostname() != u.Hostname()
	for range 12 {
		if s.hold != nil && s.hold(u) {
			s.at = u
			return s
		}
		s.once(method, u, form, from, crossed)
		s.seen = append(s.seen, u.String())
		if loc := s.resp.Header.Get("Location"); loc != "" && s.resp.StatusCode/100 == 3 {
			next, err := u.Parse(loc)
			if err != nil {
				s.t.Fatal(err)
			}
			if next.Hostname() != u.Hostname() {
				crossed = true // and stays so: the whole chain counts
			}
			if s.resp.StatusCode == http.StatusSeeOther {
				method, form = http.MethodGet, nil
			}
			u = next
			continue
		}
		s.at = u
		if to, ok := strings.CutPrefix(s.resp.Header.Get("Refresh"), "0; url="); ok {
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
	s.t.Fatal("led on and on: ", s.seen)
	return s
}

func (s *surfer) once(method string, u *url.URL, form url.Values, from *url.URL, crossed bool) {
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
			if s.resp.Header.Get("Referrer-Policy") == "no-referrer" {
				r.Header.Set("Origin", "null") // Fetch §3.2
			}
		}
	}
	if s.modern {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	for _, c := range s.jar {
		if c.Domain != u.Hostname() || !strings.HasPrefix(u.Path+"/", strings.TrimSuffix(c.Path, "/")+"/") {
			continue
		}
		if crossed && (c.SameSite == http.SameSiteStrictMode || method != http.MethodGet) {
			continue
		}
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	r.Header.Set("User-Agent", surferAgent)
	s.resp, err = s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(s.resp.Body)
	s.resp.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	s.body = string(text)
	for _, c := range s.resp.Cookies() {
		c.Domain = u.Hostname()
		key := c.Domain + c.Path + c.Name
		if c.MaxAge < 0 || c.Value == "" {
			delete(s.jar, key)
			continue
		}
		s.jar[key] = c
	}
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// text is what the page says.
func (s *surfer) text() string {
	_, main, _ := strings.Cut(s.body, "<main")
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString("<main"+main, " ")), " "))
}

func (s *surfer) shows(status int, texts ...string) *surfer {
	s.t.Helper()
	if s.resp.StatusCode != status {
		s.t.Errorf("%s: status %d, want %d:\n%s", s.at, s.resp.StatusCode, status, s.text())
	}
	for _, text := range texts {
		if !strings.Contains(s.text(), text) {
			s.t.Errorf("%s does not say %q:\n%s", s.at, text, s.text())
		}
	}
	return s
}

func (s *surfer) hides(texts ...string) *surfer {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.body, text) {
			s.t.Errorf("%s says %q:\n%s", s.at, text, s.text())
		}
	}
	return s
}

// session is the session cookie, nil when there is none.
func (s *surfer) session() *http.Cookie {
	for _, c := range s.jar {
		if strings.HasSuffix(c.Name, "mcr-session") {
			return c
		}
	}
	return nil
}
