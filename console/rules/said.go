package rules

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/proposal"
)

// mostThinking is how long somebody may take between asking what to sign and sending it.
const mostThinking = 15 * time.Minute

// signingInput gives what somebody's key is to sign: the key stays in their browser.
func (m *Room) signingInput(w http.ResponseWriter, r *http.Request, who *page.Person) {
	one, err := m.cfg.Proposals.Shelf.Proposal()
	if err == nil && one.ID != r.FormValue("id") {
		err = proposal.ErrChanged
	}
	if err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	var answer struct {
		Input string `json:"input"`
		At    string `json:"at,omitempty"`
	}
	switch by := r.FormValue("by"); r.FormValue("does") {
	case "approve":
		at := m.cfg.Clock().UTC().Truncate(time.Second)
		answer.Input, answer.At = one.ToApprove(by, at), at.Format(time.RFC3339)
	case "sign":
		if answer.Input, err = one.ToSign(by); err != nil {
			m.proposalFault(w, r, who, err)
			return
		}
	default:
		m.missing(w, r, who, "thing to sign")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer) // the browser may have gone
}

// word is what somebody said with their key.
type word struct {
	id, by    string
	signature []byte
}

var errUnsigned = errors.New("nothing was signed: choose the file with your key. It is read by your browser, which needs JavaScript for it; without it approve and sign by command")

func wordOf(r *http.Request) (o word, err error) {
	o.id, o.by = r.PostForm.Get("id"), r.PostForm.Get("by")
	if o.signature, err = base64.RawURLEncoding.DecodeString(r.PostForm.Get("signature")); err != nil || len(o.signature) == 0 {
		return o, errUnsigned
	}
	return o, nil
}

// said takes somebody's word for what is proposed.
func (m *Room) said(w http.ResponseWriter, r *http.Request, who *page.Person, action, done string, take func(one *release.Release, o word) error) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	o, err := wordOf(r)
	if err == nil {
		_, err = m.cfg.Proposals.Shelf.Change(o.id, func(one *release.Release) error {
			if err := take(one, o); err != nil {
				return err
			}
			return m.told(r, who, action, o.by)(one)
		})
	}
	if err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	m.proposalDone(w, r, done)
}

func (m *Room) approve(w http.ResponseWriter, r *http.Request, who *page.Person) {
	m.said(w, r, who, audit.ApproveAction, "approved", func(one *release.Release, o word) error {
		at, err := time.Parse(time.RFC3339, r.PostForm.Get("at"))
		if age := m.cfg.Clock().Sub(at); err != nil || age < -time.Minute || age > mostThinking {
			return errors.New("it took too long since it was signed: approve it again")
		}
		return one.ApprovedBy(o.by, at, o.signature, m.cfg.Proposals.Trust)
	})
}

func (m *Room) sign(w http.ResponseWriter, r *http.Request, who *page.Person) {
	m.said(w, r, who, audit.SignAction, "signed", func(one *release.Release, o word) error {
		if len(one.Statement.Approvals) < release.Approvals {
			return errors.New("whoever publishes signs last: two people must have approved it")
		}
		return one.SignedBy(o.by, o.signature, m.cfg.Proposals.Trust)
	})
}

func (m *Room) publish(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	of := m.cfg.Proposals
	if of.Place == "" {
		m.missing(w, r, who, "place of publication")
		return
	}
	told := m.told(r, who, audit.PublishAction, "")
	if _, err := of.Shelf.Publish(r.Context(), r.PostForm.Get("id"), of.Place, of.Trust, m.cfg.Clock(), m.mayPublish, told); err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	m.proposalDone(w, r, "published")
}

func (m *Room) withdraw(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	if r.PostForm.Get("sure") != "yes" {
		m.showProposal(w, r, who, http.StatusUnprocessableEntity, fault{"Tick the box to say that you mean it", "sure"})
		return
	}
	if err := m.cfg.Proposals.Shelf.Withdraw(r.PostForm.Get("id"), m.told(r, who, audit.WithdrawAction, "")); err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	m.proposalDone(w, r, "withdrawn")
}

// again proposes the rules of an earlier release, under a new serial.
func (m *Room) again(w http.ResponseWriter, r *http.Request, who *page.Person) {
	if !posted(w, r) {
		m.notRead(w, r, who)
		return
	}
	serial, err := strconv.ParseUint(r.PostForm.Get("serial"), 10, 64)
	if err != nil || m.cfg.Proposals.Place == "" {
		m.missing(w, r, who, "release")
		return
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if reason == "" {
		m.showProposal(w, r, who, http.StatusUnprocessableEntity, fault{"Say why earlier rules are brought back, in words", "reason"})
		return
	}
	now := m.cfg.Clock()
	one, err := m.cfg.Proposals.Place.Again(r.Context(), serial, release.Statement{Revision: m.revisionOf(now), Author: name(who), Reason: reason}, now)
	if err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	m.put(w, r, who, one)
}

// put proposes a release, and leads to it.
func (m *Room) put(w http.ResponseWriter, r *http.Request, who *page.Person, one *release.Release) {
	packed, err := one.Pack()
	if err == nil {
		_, err = m.cfg.Proposals.Shelf.Put(r.Context(), packed, m.told(r, who, audit.ProposeAction, ""))
	}
	if err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	m.proposalDone(w, r, "proposed")
}

// revisionOf is the name for a release that is made now: the first of the day that was not
// published yet.
func (m *Room) revisionOf(now time.Time) string {
	day := now.In(page.London).Format(time.DateOnly)
	taken := map[string]bool{}
	if m.cfg.Proposals != nil {
		earlier, _ := m.published() // a name that is there twice is told apart by its serial
		for _, s := range earlier {
			taken[s.Revision] = true
		}
	}
	for n := 1; ; n++ {
		if revision := day + "." + strconv.Itoa(n); !taken[revision] {
			return revision
		}
	}
}
