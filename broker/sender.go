package broker

import (
	"context"
	"net/http"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/traceparent"
)

// sender is where a request came from, as the record has it.
type sender struct{ address, agent, via, viaAddress string }

// clientIPKey is where an adapter may put the client's address, when it knows
// better than the connection (trusted proxies).
type clientIPKey struct{}

// WithClientIP tells the broker the client's address.
func WithClientIP(ctx context.Context, ip string) context.Context {
	return context.WithValue(ctx, clientIPKey{}, ip)
}

// sender finds where a request came from: as a program says that this broker believes
// (Config.Vouched), else as the connection has it. A statement that is not believed is
// counted, and nothing of it is taken over.
func (b *Broker) sender(r *http.Request) sender {
	at, agent := clientIP(r), r.UserAgent()
	parent, _ := traceparent.Read(r.Header.Get("Traceparent"))
	person, by, err := b.Vouched.Person(r, parent.Trace())
	vouched(by, err)
	if by == "" {
		return sender{address: at, agent: kept(agent)}
	}
	s := sender{agent: kept(person.Agent), via: by, viaAddress: at}
	if person.Address.IsValid() {
		s.address = person.Address.String()
	}
	return s
}

func clientIP(r *http.Request) string {
	if ip, ok := r.Context().Value(clientIPKey{}).(string); ok {
		return bounded(ip, 64)
	}
	if i := strings.LastIndexByte(r.RemoteAddr, ':'); i > 0 {
		return bounded(r.RemoteAddr[:i], 64)
	}
	return bounded(r.RemoteAddr, 64)
}

// kept is so much as is kept of what a program says of itself.
func kept(agent string) string { return bounded(nhs.WithoutNumbers(bounded(agent, 1000)), 200) }
