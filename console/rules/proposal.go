package rules

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/proposal"
)

// Proposals is how releases are approved and published on these pages.
type Proposals struct {
	Shelf *proposal.Shelf
	// Trust is whose keys count: those that the brokers believe.
	Trust release.Trust
	// Place is where releases are published; "" where somebody carries them there.
	Place release.Place
	// Recorder tells the trail, before anything is done.
	Recorder interface {
		Append(ctx context.Context, rec *audit.Record) error
	}
}

func (m *Room) proposing(handle func(pattern string, h page.Handler)) {
	if m.cfg.Proposals == nil {
		return
	}
	handle("GET /rules/proposal", m.proposal)
	handle("GET /rules/proposal/release", m.proposedFile)
	handle("GET /rules/proposal/input", m.signingInput)
	handle("POST /rules/proposal/approve", m.approve)
	handle("POST /rules/proposal/sign", m.sign)
	handle("POST /rules/proposal/publish", m.publish)
	handle("POST /rules/proposal/withdraw", m.withdraw)
	handle("POST /rules/proposal/again", m.again)
}

// proposalPage is the release that people are asked to approve.
type proposalPage struct {
	At       string
	Done     string
	Unread   []string           // why it cannot be read
	One      *proposal.Proposal // nil: there is none
	Missing  int                // approvals
	Approves []string           // who may, and has not
	Signs    []string           // who may
	Signer   string             // who did
	Places   bool               // it can be published from here
	Earlier  []earlier          // what was published, the newest first
	Checked  preview
	Checking bool
	Faults   []fault
}

// earlier is a release that was published.
type earlier struct {
	release.Statement
	OnTrial bool // brokers find it to try; one whose Canary is not nil was tried otherwise
	Back    bool // its rules were in force for all, and others are now
}

// tellWithin is how long the trail may take to be told.
const tellWithin = 5 * time.Second

// mostEarlier is how many earlier releases are listed; more, until one for all and the one before are among
// them.
const mostEarlier = 10

func (m *Room) proposal(w http.ResponseWriter, r *http.Request, who *page.Person) {
	m.showProposal(w, r, who, http.StatusOK)
}

func (m *Room) showProposal(w http.ResponseWriter, r *http.Request, who *page.Person, status int, faults ...fault) {
	of := m.cfg.Proposals
	p := proposalPage{At: "proposal", Done: proposalDone[r.URL.Query().Get("done")], Places: of.Place != "", Faults: faults}
	one, err := of.Shelf.Proposal()
	switch {
	case errors.Is(err, proposal.ErrNone):
	case err != nil:
		m.cfg.Log.Error("what is proposed cannot be read", "cause", err)
		p.Unread = lines(err)
	default:
		p.One = one
		p.Missing = max(0, release.Approvals-len(one.Statement.Approvals))
		p.Approves = slices.DeleteFunc(of.Trust.Holders(release.Approve), func(name string) bool {
			return slices.ContainsFunc(one.Statement.Approvals, func(a release.Approval) bool { return a.By == name })
		})
		p.Signer = one.SignatureOf(of.Trust)
		p.Signs = of.Trust.Holders(release.Sign)
		p.Checked, p.Checking = m.checkDraft(r.Context(), one.FS)
	}
	if p.Earlier, err = m.earlier(); err != nil {
		m.cfg.Log.Error("the place where releases are published cannot be read", "cause", err)
		p.Faults = append(p.Faults, fault{Text: "The place where releases are published cannot be read: whoever runs this broker finds why in its log"})
	}
	m.pages.Render(w, r, who, status, "proposal", p)
}

// earlier is what was published last, the newest first. The first that is for all is the one by which
// brokers go.
func (m *Room) earlier() (list []earlier, err error) {
	all, err := m.published()
	if len(all) == 0 {
		return nil, err
	}
	trial, trialErr := m.cfg.Proposals.Place.Trial()
	current := uint64(0)
	for _, s := range all {
		if s.Canary == nil && current == 0 {
			current = s.Serial
		}
		list = append(list, earlier{
			Statement: s,
			OnTrial:   s.Canary != nil && s.Serial == trial && current == 0 && s.Expires.After(m.cfg.Clock()),
			Back:      s.Canary == nil && s.Serial < current,
		})
	}
	return list, errors.Join(err, trialErr)
}

// published are the statements of what was published last, the newest first.
func (m *Room) published() (all []release.Statement, err error) {
	if m.cfg.Proposals.Place == "" {
		return nil, nil
	}
	serials, err := m.cfg.Proposals.Place.Serials()
	if err != nil {
		return nil, err
	}
	forAll := 0
	for _, serial := range slices.Backward(serials) {
		if forAll >= 2 && len(all) >= mostEarlier {
			break
		}
		s, err := m.cfg.Proposals.Place.Statement(serial)
		if err != nil {
			return all, err
		}
		if all = append(all, s); s.Canary == nil {
			forAll++
		}
	}
	return all, nil
}

// proposalDone says what was done, on the page to which a form leads.
var proposalDone = map[string]string{
	"proposed": "The release is proposed. Two different people approve it now.", "approved": "The approval is in the release.",
	"signed":    "The release is signed.",
	"published": "The release is published. Brokers fetch it by themselves: the history says when each of them takes it into force.",
	"withdrawn": "The release was taken back. Nobody is asked to approve it any more.",
}

func (m *Room) proposalDone(w http.ResponseWriter, r *http.Request, what string) {
	http.Redirect(w, r, m.pages.Path("/rules/proposal?done="+what), http.StatusSeeOther)
}

// proposedFile gives the release as it is carried, for whoever approves it elsewhere.
func (m *Room) proposedFile(w http.ResponseWriter, r *http.Request, who *page.Person) {
	one, err := m.cfg.Proposals.Shelf.Proposal()
	if err != nil {
		m.proposalFault(w, r, who, err)
		return
	}
	sendRelease(w, one.Statement.Revision, one.Packed)
}

func sendRelease(w http.ResponseWriter, revision string, packed []byte) {
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.TrimSuffix(fileName(revision), ".yaml")+`.tar.gz"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(packed) // the browser may have gone
}

// told tells the trail what somebody who is signed in does with a release, by whose key.
func (m *Room) told(r *http.Request, who *page.Person, action, key string) func(*release.Release) error {
	return func(one *release.Release) error {
		s := one.Statement
		told := audit.Release{
			Serial: s.Serial, Revision: s.Revision, Fingerprint: s.Fingerprint, Author: s.Author, Reason: s.Reason, RollbackOf: s.Of,
			Signer: one.Signer, Key: key,
		}
		for _, a := range s.Approvals {
			told.Approvals = append(told.Approvals, audit.Approval{By: a.By, At: a.At})
		}
		rec := told.Did(action, m.cfg.Clock())
		rec.AskedBy(who.Subject)
		rec.Source, rec.UserAgent = audit.SourceConsole, who.From.Agent
		if who.From.Address.IsValid() {
			rec.ClientIP = who.From.Address.String()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), tellWithin) // whoever asked may have gone
		defer cancel()
		if err := m.cfg.Proposals.Recorder.Append(ctx, rec); err != nil {
			return errors.Join(errUntold, err)
		}
		m.cfg.Log.Info("a release of the policies: "+action, "by", name(who), "key", key, "serial", s.Serial, "revision", s.Revision)
		return nil
	}
}

// errUntold says that the trail could not be told, so that nothing was done.
var errUntold = errors.New("the trail could not be told")

// mayPublish refuses what would not come into force.
func (m *Room) mayPublish(ctx context.Context, fsys fs.FS) error {
	done, err := m.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if p := m.judge(ctx, fsys); len(p.Faults) > 0 {
		return errors.New("It does not pass, so it cannot be published:\n" + strings.Join(p.Faults, "\n"))
	}
	return nil
}

// proposalFault answers for what stands in the way of a release.
func (m *Room) proposalFault(w http.ResponseWriter, r *http.Request, who *page.Person, err error) {
	var refused *release.Refusal
	switch {
	case errors.Is(err, proposal.ErrNone) && r.Method == http.MethodGet:
		http.Redirect(w, r, m.pages.Path("/rules/proposal"), http.StatusSeeOther) // it says so
	case errors.Is(err, proposal.ErrNone):
		m.problem(w, r, who, http.StatusConflict, problem{
			Title: "No release is proposed any more", Text: "Somebody published it or took it back meanwhile. Nothing was done.", Remedy: "Look at the history of the rules: it says who did what.",
		})
	case errors.Is(err, proposal.ErrThere):
		m.problem(w, r, who, http.StatusConflict, problem{
			Title: "Another release is proposed already", Text: "Only one release at a time is on its way. What you sent was not proposed.", Remedy: "Publish the other one or take it back, then propose yours.",
		})
	case errors.Is(err, proposal.ErrChanged):
		m.problem(w, r, who, http.StatusConflict, problem{
			Title: "Another release is proposed than the one you looked at", Text: "It was taken back and another was proposed meanwhile. Nothing was done in your name.", Remedy: "Look at what is proposed now.",
		})
	case errors.Is(err, errUntold):
		m.cfg.Log.Error("the trail could not be told of a release, so nothing was done", "cause", err)
		m.problem(w, r, who, http.StatusServiceUnavailable, problem{
			Title: "Nothing was done", Text: "What people do with a release is recorded before it is done, and it could not be recorded now.", Remedy: "Try again in a moment. If it goes on, tell whoever runs this broker.",
		})
	case errors.Is(err, errBusy), errors.Is(err, context.DeadlineExceeded):
		m.fault(w, r, who, err)
	case errors.As(err, &refused):
		m.showProposal(w, r, who, http.StatusUnprocessableEntity, fault{Text: capital(refused.Text)})
	default:
		m.cfg.Log.Error("a release could not be gone on with", "cause", err)
		var faults []fault
		for _, line := range lines(err) {
			faults = append(faults, fault{Text: capital(line)})
		}
		m.showProposal(w, r, who, http.StatusUnprocessableEntity, faults...)
	}
}
