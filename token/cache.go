package token

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/access"
)

// digest is the SHA-256 of a token's compact form. The cache keeps no token: what
// leaks from memory cannot be used to ask again.
type digest [sha256.Size]byte

// verified is a token that passed, with what is judged again on every use.
type verified struct {
	issuer   *issuer
	keys     *keySet
	subject  access.Subject
	notFrom  time.Time // nbf, or zero
	issued   time.Time // iat, or zero
	sub      string    // sub, or ""
	until    time.Time // when its issuer is to be asked again; zero: never
	person   *person   // what UserInfo said, where the issuer has it
	binding  binding   // to be shown anew with every request
	recently atomic.Bool
	slot     int
}

// fresh says whether it may be gone by: the keys that verified it are in use, and it is not
// time to ask its issuer again.
func (t *verified) fresh(now time.Time) bool {
	return (t.keys == nil || t.keys == t.issuer.keys.usable(now)) && (t.until.IsZero() || now.Before(t.until))
}

// shards spread the locks. A power of two.
const shards = 16

// cache holds verified tokens, bounded. When it is full the next token not used of
// late makes room (the clock algorithm), which costs no list moves on a hit.
type cache struct {
	shard [shards]shard
}

type shard struct {
	sync.RWMutex
	tokens map[digest]*verified
	ring   []slot
	hand   int
	_      [64]byte // a cache line apart
}

type slot struct {
	digest digest
	token  *verified
}

func newCache(size int) *cache {
	c := &cache{}
	each := max(0, (size+shards-1)/shards)
	for i := range c.shard {
		c.shard[i].tokens = make(map[digest]*verified)
		c.shard[i].ring = make([]slot, each)
	}
	return c
}

// find gives the token seen before, or nil.
func (c *cache) find(d *digest) *verified {
	s := &c.shard[d[0]%shards]
	s.RLock()
	t := s.tokens[*d]
	s.RUnlock()
	if t != nil && !t.recently.Load() {
		t.recently.Store(true)
	}
	return t
}

// add takes a token in and says whether another had to go.
func (c *cache) add(d *digest, t *verified) (evicted bool) {
	s := &c.shard[d[0]%shards]
	if len(s.ring) == 0 {
		return false
	}
	s.Lock()
	defer s.Unlock()
	if old := s.tokens[*d]; old != nil {
		t.slot = old.slot
		s.ring[t.slot].token, s.tokens[*d] = t, t
		return false
	}
	for {
		at := s.hand
		s.hand = (s.hand + 1) % len(s.ring)
		victim := s.ring[at].token
		if victim != nil && victim.recently.Swap(false) {
			continue // used since the hand passed; at most one round of these
		}
		if victim != nil {
			delete(s.tokens, s.ring[at].digest)
		}
		t.slot = at
		s.ring[at] = slot{digest: *d, token: t}
		s.tokens[*d] = t
		return victim != nil
	}
}

// drop forgets a token, unless another has taken its place.
func (c *cache) drop(d *digest, t *verified) {
	s := &c.shard[d[0]%shards]
	s.Lock()
	defer s.Unlock()
	if s.tokens[*d] == t {
		delete(s.tokens, *d)
		s.ring[t.slot] = slot{}
	}
}

// len counts the tokens held.
func (c *cache) len() (n int) {
	for i := range c.shard {
		s := &c.shard[i]
		s.RLock()
		n += len(s.tokens)
		s.RUnlock()
	}
	return n
}
