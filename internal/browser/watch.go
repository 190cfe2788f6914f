//go:build servers

package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// Watch keeps what the tabs of one person did.
type Watch struct {
	mu        sync.Mutex
	requests  []string // addresses
	documents []document
	said      []string // by scripts, by the content security policy
	wire      wire
}

// document is the answer to a request for a page.
type document struct {
	address string
	status  int64
	header  map[string]string // names in lower case
}

func newWatch() *Watch { return &Watch{wire: wire{open: map[network.RequestID]int64{}}} }

// see takes every event of a tab. It must not block.
func (w *Watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire.see(event)
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.requests = append(w.requests, e.Request.URL)
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			d := document{e.Response.URL, e.Response.Status, map[string]string{}}
			for name, value := range e.Response.Headers {
				d.header[strings.ToLower(name)] = fmt.Sprint(value)
			}
			w.documents = append(w.documents, d)
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		w.said = append(w.said, "a script failed: "+text)
	case *log.EventEntryAdded:
		// An answer such as 403 is a line of the log too: it is told by the page.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			w.said = append(w.said, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	}
}

// required is what every page of the console must be sent with.
var required = map[string]string{
	"cache-control":           "no-store",
	"content-security-policy": "default-src 'none'",
	"x-frame-options":         "DENY",
	"x-content-type-options":  "nosniff",
	"referrer-policy":         "same-origin",
}

var digits = regexp.MustCompile(`\d{3}(?:[ +-]|%20)?\d{3}(?:[ +-]|%20)?\d{4}`)

// Judge says what must not be of what the tabs did: a request to anywhere but the
// console and those named (such as the issuer), a patient's number in an address,
// a page that may be kept, a script that failed or that the policy stopped.
func (w *Watch) Judge(console string, numbers []string, others ...string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, err := url.Parse(console)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	complain := func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); !slices.Contains(wrong, text) {
			wrong = append(wrong, text)
		}
	}
	for _, address := range w.requests {
		u, err := url.Parse(address)
		switch {
		case err != nil:
			complain("a request to something that is no address")
		case u.Scheme == "data" || u.Scheme == "about" || u.Scheme == "blob":
		case u.Host != at.Host && !slices.ContainsFunc(others, func(o string) bool { return strings.HasPrefix(address, o) }):
			complain("a request to %s://%s", u.Scheme, u.Host)
		}
		for _, found := range digits.FindAllString(address, -1) {
			plain := regexp.MustCompile(`\D`).ReplaceAllString(strings.ReplaceAll(found, "%20", ""), "")
			if slices.Contains(numbers, plain) {
				complain("an NHS number in the address of %s", u.Path)
			}
		}
	}
	for _, d := range w.documents {
		u, err := url.Parse(d.address)
		if err != nil || u.Host != at.Host || !strings.HasPrefix(u.Path, at.Path) {
			continue
		}
		for name, want := range required {
			if !strings.Contains(d.header[name], want) {
				complain("%s (%d) was sent with %s %q, want %q", u.Path, d.status, name, d.header[name], want)
			}
		}
		if policy := d.header["content-security-policy"]; strings.Contains(policy, "unsafe") {
			complain("%s: the policy %q", u.Path, policy)
		}
		later := d.status == http.StatusServiceUnavailable && d.header["retry-after"] != "" // it is busy, and says when to come again
		if d.status >= 500 && !later {
			complain("%s was answered %d", u.Path, d.status)
		}
	}
	for _, text := range w.said {
		complain("%s", text)
	}
	return wrong
}
