// Package console is the web pages of the product: signing in with OpenID Connect,
// sessions, finding a patient and asking for permission to view, and the rooms
// that are mounted below it (the record, the trail, the rules).
//
// Nothing here decides. Every look at a record and every answer of a patient goes
// to the brokers, with the professional's own token; what the pages show is what
// the brokers said.
//
// What it guarantees: tokens stay in the server's memory, and a browser holds
// nothing but a random session id (HttpOnly, SameSite=Strict). No patient
// identifier stands in an address. Nothing may be cached. Every change is a POST
// that carries the session's own token and comes from our own pages. A session
// ends when nobody used it for a while, after a working day, when its token is
// revoked, and at signing out; what it held is then forgotten. One person has five at
// most: a sixth ends the oldest, whose page says why. No page says that a session is
// over which lives.
//
// What it does not: sessions are in this process alone, so a restart signs
// everybody out, and of several consoles each needs its own address.
//
// A Console may be used by many goroutines at once.
package console
