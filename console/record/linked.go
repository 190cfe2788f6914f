package record

import (
	"cmp"
	"mime"
)

// link gives the token of a link to a document at the entry's own source.
func (a *answer) link(address node) (string, bool) {
	if a == nil || address.raw() == "" {
		return "", false
	}
	return a.from.Link(address.raw())
}

// mostDocuments is how many files of one entry can be opened.
const mostDocuments = 20

// linked finds the documents that an entry links to, wherever in it they stand: in an
// attachment, or in a reference to a file.
func (l *Line) linked(e *entry) {
	l.linkedBelow(e, e.node)
	if len(l.Documents) > mostDocuments {
		l.Documents = l.Documents[:mostDocuments]
		l.fact("More", "this entry has more documents than this page can open: ask the source")
	}
}

func (l *Line) linkedBelow(e *entry, n node) {
	for _, one := range n.list() {
		for _, name := range [...]string{"url", "reference"} {
			link, ok := e.in.link(one.get(name))
			if !ok {
				continue
			}
			kind, _, _ := mime.ParseMediaType(one.get("contentType").raw())
			d := Document{Title: cmp.Or(one.get("title").text(), one.get("display").text()), Link: link}
			if kind != "" {
				d.Kind = named(mediaNames, kind)
			}
			l.Documents = append(l.Documents, d)
		}
		for _, key := range one.keys() {
			l.linkedBelow(e, one.get(key))
		}
	}
}
