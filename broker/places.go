package broker

import (
	"net/http"
	"sync"

	"github.com/mycarerecord/mcr/audit"
)

// Places bounds how many large answers are in memory at once, at all sources of a
// process together: each is held whole, from the source's first answer until the client
// has read it. A person has so many places and no more, so that nobody takes all.
type Places struct {
	most, each int

	mu    sync.Mutex
	all   int
	users map[string]int
}

// How many documents, and how many batches and $everythings, are in memory at once when
// nobody says otherwise, in all and for each person. One of the latter holds some 64 MB
// at most: what was found, a further page, and the answer.
const (
	MostDocuments = 16
	DocumentsEach = 4
	MostWholes    = 8
	WholesEach    = 2
)

// NewPlaces lets most answers be in memory at once, each of them one person's.
func NewPlaces(most, each int) *Places {
	return &Places{most: most, each: each, users: map[string]int{}}
}

// enter takes a place, which leave gives back; or says with which status there is none.
func (p *Places) enter(user string) (leave func(), busy int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.users[user] >= p.each:
		return nil, http.StatusTooManyRequests
	case p.all >= p.most:
		return nil, http.StatusServiceUnavailable
	}
	p.all++
	p.users[user]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		if p.users[user]--; p.users[user] == 0 {
			delete(p.users, user)
		}
	}, 0
}

// noPlace is the answer where enter found none.
func (x *exchange) noPlace(busy int) answer {
	a := x.fail(busy, "too-many-requests", audit.Failed)
	a.header = map[string]string{"Retry-After": "5"}
	return a
}
