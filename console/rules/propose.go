package rules

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/release"
)

// proposePage is the draft on its way to a release: what changes stands before the form.
type proposePage struct {
	draftPage
	Checked  preview
	Checking bool
	Proposal
	Here   bool // it is approved on these pages, and not downloaded
	Faults []fault
}

// Proposal is what a release says of itself, as it was typed.
type Proposal struct{ Serial, Revision, Author, Reason, Expires string }

func (m *Room) toPropose(w http.ResponseWriter, r *http.Request, who *page.Person) (p proposePage, ok bool) {
	if p.draftPage, ok = m.drafted(w, r, who); !ok {
		return p, false
	}
	p.Moved, p.Here = m.moved(p.Draft), m.cfg.Proposals != nil
	p.Checked, p.Checking = m.checkDraft(r.Context(), p.Draft.FS())
	return p, true
}

func (m *Room) propose(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p, ok := m.toPropose(w, r, who)
	if !ok {
		return
	}
	p.Proposal = Proposal{Author: name(who), Revision: m.revisionOf(m.cfg.Clock()), Serial: m.nextSerial()}
	m.pages.Render(w, r, who, http.StatusOK, "draftpropose", p)
}

// nextSerial is above all that were published; "" where that is not known here.
func (m *Room) nextSerial() string {
	if m.cfg.Proposals == nil || m.cfg.Proposals.Place == "" {
		return ""
	}
	last, err := m.cfg.Proposals.Place.Last()
	if err != nil {
		return ""
	}
	return strconv.FormatUint(last+1, 10)
}

// proposeDraft makes the release that two people are to approve. A draft that does not pass goes nowhere.
func (m *Room) proposeDraft(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	p, ok := m.toPropose(w, r, who)
	if !ok {
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	p.Proposal = Proposal{field("serial"), field("revision"), field("author"), field("reason"), field("expires")}
	if r.PostForm.Get("saw") != p.Saw {
		p.Faults = []fault{{"The draft was changed since you looked at it: read what changes, and send it again", ""}}
	}
	switch {
	case p.Checking:
		p.Faults = append(p.Faults, fault{"Its tests and cases are still being run: send it again in a moment", ""})
	case len(p.Checked.Faults) > 0:
		p.Faults = append(p.Faults, fault{"Only a draft that passes can be proposed", ""})
	}
	one, faults := p.release(r, m.cfg.Clock())
	if p.Faults = append(p.Faults, faults...); len(p.Faults) > 0 {
		m.pages.Render(w, r, who, http.StatusUnprocessableEntity, "draftpropose", p)
		return
	}
	m.cfg.Log.Info("a release of the draft was made", "by", name(who), "revision", p.Revision, "fingerprint", p.Saw)
	if p.Here {
		m.put(w, r, who, one)
		return
	}
	packed, err := one.Pack()
	if err != nil {
		m.draftFault(w, r, who, err)
		return
	}
	sendRelease(w, p.Revision, packed)
}

// release makes the release, or says what is wrong with what was typed.
func (p proposePage) release(r *http.Request, now time.Time) (*release.Release, []fault) {
	var faults []fault
	serial, err := strconv.ParseUint(p.Serial, 10, 64)
	if err != nil || serial == 0 {
		faults = append(faults, fault{"Give a serial above that of the release before, beginning with 1", "serial"})
	}
	expires, err := dayAfter(p.Expires)
	if err != nil {
		faults = append(faults, fault{err.Error(), "expires"})
	}
	if err == nil && !expires.IsZero() && !now.Before(expires) {
		faults = append(faults, fault{"This day is over: write a later one, or nothing", "expires"})
	}
	if len(faults) > 0 || len(p.Faults) > 0 {
		return nil, faults
	}
	statement := release.Statement{Serial: serial, Revision: p.Revision, Author: p.Author, Reason: p.Reason, Expires: expires}
	one, err := release.Build(r.Context(), p.Draft.FS(), statement, now)
	if err == nil {
		return one, nil
	}
	for _, line := range lines(err) {
		faults = append(faults, aboutRelease(line))
	}
	return nil, faults
}

// aboutRelease is what is wrong with a release, beside the field that it is about.
func aboutRelease(line string) fault {
	line = strings.TrimPrefix(line, "the release: ")
	for _, field := range []string{"revision", "author", "reason"} {
		if text, is := strings.CutPrefix(line, field+": "); is {
			return fault{capital(text), field}
		}
	}
	return fault{Text: capital(line)}
}

// dayAfter is when the day that was typed is over in London; zero of none.
func dayAfter(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, page.London)
	if err != nil {
		return t, errors.New("Write the day as 2026-03-31, or nothing")
	}
	return t.AddDate(0, 0, 1), nil
}
