//go:build servers

package browser

import (
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Cookie is what the browser keeps under a name for the page that it is at.
type Cookie struct {
	Name, Value, Path, SameSite string
	HTTPOnly                    bool
}

// Cookies are those that the browser would send to the console.
func (tab *Tab) Cookies() []Cookie {
	tab.t.Helper()
	got, err := chromedp.Call(tab.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{tab.base + "/", tab.base + "/callback"}})
	tab.must("reading cookies", err)
	var all []Cookie
	for _, c := range got.Cookies {
		all = append(all, Cookie{c.Name, c.Value, c.Path, string(c.SameSite), c.HTTPOnly})
	}
	return all
}

// Plant puts a cookie into the browser, as somebody with a hand on it could.
func (tab *Tab) Plant(c Cookie) {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, network.SetCookie, network.SetCookieParams{
		Name: c.Name, Value: c.Value, URL: tab.base + c.Path, Path: c.Path, HTTPOnly: &c.HTTPOnly,
	})
	tab.must("planting a cookie", err)
}
