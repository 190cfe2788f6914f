package broker

import (
	"net/http"
	"sync"
)

// Documents bounds how many documents are in memory at once, at all sources of a
// process together: each is held whole, from the source's answer until the client has
// read it. A person has so many places and no more, so that nobody takes all.
type Documents struct {
	most, each int

	mu    sync.Mutex
	all   int
	users map[string]int
}

// How many documents are open at once when nobody says otherwise, in all and for each
// person.
const (
	MostDocuments = 16
	DocumentsEach = 4
)

// NewDocuments lets most documents be open at once, each of them one person's.
func NewDocuments(most, each int) *Documents {
	return &Documents{most: most, each: each, users: map[string]int{}}
}

// enter takes a place, which leave gives back; or says with which status there is none.
func (d *Documents) enter(user string) (leave func(), busy int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.users[user] >= d.each:
		return nil, http.StatusTooManyRequests
	case d.all >= d.most:
		return nil, http.StatusServiceUnavailable
	}
	d.all++
	d.users[user]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.all--
		if d.users[user]--; d.users[user] == 0 {
			delete(d.users, user)
		}
	}, 0
}
