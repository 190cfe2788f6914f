//go:build servers

package browser

import (
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// wire counts what goes over the connection, heads and all. Of what lay in the browser's
// own cache it counts nothing.
type wire struct {
	open     map[network.RequestID]int64 // asked for, with what has come of it
	requests int
	bytes    int64
}

func (w *wire) see(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.RedirectResponse != nil {
			w.bytes += int64(e.RedirectResponse.EncodedDataLength)
		}
		if strings.HasPrefix(e.Request.URL, "http") {
			w.requests++
			w.open[e.RequestID] = 0
		}
	case *network.EventRequestServedFromCache:
		w.requests--
		delete(w.open, e.RequestID)
	case *network.EventResponseReceived:
		if _, ok := w.open[e.RequestID]; ok {
			w.open[e.RequestID] = int64(e.Response.EncodedDataLength) // its head
		}
		if e.Response.FromDiskCache {
			w.requests--
			delete(w.open, e.RequestID)
		}
	case *network.EventDataReceived:
		if _, ok := w.open[e.RequestID]; ok {
			w.open[e.RequestID] += e.EncodedDataLength
		}
	case *network.EventLoadingFinished:
		if _, ok := w.open[e.RequestID]; ok {
			w.bytes += int64(e.EncodedDataLength)
			delete(w.open, e.RequestID)
		}
	case *network.EventLoadingFailed: // such as a stream of which enough was read
		w.bytes += w.open[e.RequestID]
		delete(w.open, e.RequestID)
	}
}

// Counted is what went over the wire since Count.
type Counted struct {
	Requests int
	Bytes    int64
}

// Count begins to count anew.
func (tab *Tab) Count() {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.wire = wire{open: map[network.RequestID]int64{}}
}

// Counted waits until nothing is under way, and gives what went over the wire.
func (tab *Tab) Counted() Counted {
	tab.t.Helper()
	var c Counted
	tab.wait("everything that was asked for", func() (bool, error) {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		c = Counted{tab.wire.requests, tab.wire.bytes}
		return len(tab.wire.open) == 0, nil
	})
	return c
}

// Forget empties the browser's cache of files, for all its tabs.
func (tab *Tab) Forget() {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, network.ClearBrowserCache, cdp.Empty{})
	tab.must("emptying the cache", err)
}

// Connection is how far the server is, to the tab.
type Connection struct {
	Name    string
	Latency float64 // from asking to the first byte, in ms
	Speed   float64 // in bit/s; 0: as fast as it goes
}

// Slow3G is the connection of a telephone at a bad place, as Chromium's own tests of pages
// have it.
var Slow3G = Connection{"slow 3G (400 ms, 400 kbit/s)", 400, 400_000}

// Connect simulates a connection.
func (tab *Tab) Connect(c Connection) {
	tab.t.Helper()
	speed := c.Speed / 8
	if speed == 0 {
		speed = -1
	}
	_, err := chromedp.Call(tab.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: c.Latency, DownloadThroughput: speed, UploadThroughput: speed}},
	})
	tab.must("simulating "+c.Name, err)
}
