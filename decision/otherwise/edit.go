package otherwise

import (
	"strings"

	"github.com/mycarerecord/mcr/decision"
)

// edit is one thing that can have been otherwise.
type edit struct {
	// place is what it changes: "opt_out", "permissions 0". Two edits of one place, or of
	// the whole and a part, do not go together.
	place string
	// kind is what it is about: of several edits of a kind that do the same, the plainest is
	// offered.
	kind     string
	question bool // it is of the question and not of a fact
	alone    bool // it goes with no other: what the others are told from would be untrue
	toward   toward
	rank     int    // the plainest is least
	words    string // what stands after "Had"
	lead     string // before the words, unless the registry answers by another edit already
	do       func(document)
}

// toward is what an edit can be of use for.
type toward uint8

const (
	either toward = iota
	opens
	closes
)

func (e *edit) fits(other *edit) bool {
	if e.alone || other.alone {
		return false
	}
	a, b := e.place, other.place
	return a != b && !strings.HasPrefix(a, b+" ") && !strings.HasPrefix(b, a+" ")
}

// lastRank is above that of all other edits: that something could not have been looked up.
const lastRank = 100

// scene is the input of which edits are made.
type scene struct {
	doc                       document
	rev                       *decision.Revision
	now                       int64
	self, own, source, holder string
	action                    string
	edits                     []edit
	cut                       bool // not every entry of a list was gone through
}

func newScene(rev *decision.Revision, doc document) *scene {
	read := func(name string) entry {
		o, _ := doc[name].(map[string]any)
		return o
	}
	subject, source := read("subject"), read("source")
	s := &scene{
		doc: doc, rev: rev, now: entry(doc).number("time"),
		self: subject.text("user_id"), own: subject.text("organisation"),
		source: source.text("id"), holder: source.text("organisation"), action: read("request").text("action"),
	}
	s.registry()
	s.optOut()
	s.restriction()
	s.registration()
	s.truths()
	s.identity()
	s.permissions()
	s.relationships()
	s.testOrders()
	s.emergencies()
	s.question()
	s.statement()
	return s
}

func (s *scene) add(e edit) { s.edits = append(s.edits, e) }
