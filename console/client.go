package console

import (
	"net"
	"net/http"
	"time"
)

// brokerClient is a client for brokers alone. A professional's token and a patient's
// answer go to the broker and to nobody in between: there is no proxy, whatever the
// environment says, since a broker within the network may be asked over plain http.
// No redirect is followed. Each request has a time of its own.
func brokerClient(given *http.Client) *http.Client {
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if given != nil {
		c.Transport = given.Transport
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: 5 * time.Second, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
	}
	return c
}
