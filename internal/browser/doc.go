// Package browser drives a real Chromium through the console, the way a person
// does: it looks for what a person sees (the words on a link, a button or a
// label), clicks where it stands, types, and waits for the words that should come.
//
//	Start(ctx)           one Chromium, headless, with nothing in it
//	Browser.Person(t)    somebody at it: cookies and history of their own
//	Tab.Open, Follow, Click, Fill, Choose, Type, Back, Sees, Lacks, ...
//	Tab.Axe, Tab.Fits    what WCAG 2.2 AA and a small screen ask for
//	Tab.Shoot            a picture of the whole page
//
// A tab keeps what a page did: where it sent requests, what the script console
// and the content security policy said, how documents were answered. Judge says
// what of it must not be. Nothing here sleeps: it waits for what it can see, and
// fails with the page's words when that does not come. A Chromium that is not
// there is a failure, never a skip. The stories are in the tests (tag servers,
// `make test-servers`).
//
// A Browser may be used by many goroutines at once, a Tab by one.
package browser
