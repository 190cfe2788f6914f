// Package signin says who is there: signing in with OpenID Connect, the choice of a
// role, sessions, and the one door through which every page of the console is entered.
//
// A Room mounts its own pages (signing in and out, the role, how long is left) and
// wraps those of others: SignedIn and Within give them a page.Person whose token is
// good at this moment, or answer in their place.
//
// What it guarantees: tokens stay in the server's memory, and a browser holds nothing
// but a random session id (HttpOnly, SameSite=Strict). Of a sign-in under way the
// server keeps nothing. A session begins under a new id, is one person in one role,
// and ends when nobody used it for a while, after a working day, when its token is
// revoked, when its issuer ends it, and at signing out; what was kept with it is then
// forgotten. One person has five at most: a sixth ends the oldest, whose page says
// why. No page says that a session is over which lives. Every POST carries the
// session's own token, comes from our own pages, and gives each field once. Nothing
// leads on to another host.
//
// What it does not: it does not know what the rooms show, nor who may enter them (see
// Config.Complete). Sessions are in this process alone, so a restart signs everybody
// out, and of several consoles each needs its own address.
//
// A Room, and Sessions, may be used by many goroutines at once.
package signin
