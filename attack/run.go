package attack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Verdict is what became of a case.
type Verdict string

// The verdicts.
const (
	Held          Verdict = "held"
	GotThrough    Verdict = "got through"
	NotApplicable Verdict = "not applicable"
)

// Result is one case with its verdict.
type Result struct {
	Case    Case
	Verdict Verdict
	Why     string // what got through, or why it is not applicable
	Steps   []Seen
}

// Seen is one step, for people: no tokens, and of the answer no content.
type Seen struct {
	Control bool
	As      string
	Sent    string
	Seen    string
}

// Options are how a run is made.
type Options struct {
	Cases []Case
	// Anyway goes on when the controls fail: against a product that protects nothing.
	Anyway bool
	Each   func(Result) // told of each case as soon as it is judged
	Client *http.Client // for issuers; default one with the profile's time limit
	Clock  func() time.Time
}

// ErrControls says that the suite could not see what it must see to judge.
var ErrControls = errors.New("the controls failed")

// Run runs the cases one after another. Its error says that the suite could not
// be run or finished; attacks that got through are in the results.
func Run(ctx context.Context, p Profile, opt Options) ([]Result, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("reading the profile: %w", err)
	}
	base, err := url.Parse(p.Base)
	if err != nil {
		return nil, fmt.Errorf("reading the profile: %w", err)
	}
	w, err := newWire(&p)
	if err != nil {
		return nil, err
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Client == nil {
		// An issuer that closes a connection as it is used again is no reason to judge nothing.
		alone := http.DefaultTransport.(*http.Transport).Clone()
		alone.DisableKeepAlives = true
		opt.Client = &http.Client{Timeout: p.Limits.Timeout, Transport: alone}
	}
	r := &run{
		profile: p, base: base, wire: w, clock: opt.Clock, tokens: map[string]string{}, asked: map[string]time.Time{},
		keys: issuerKeys{ctx, opt.Client, p.Issuer},
	}
	setup := r.scene(ctx, "")
	defer func() {
		// What was set up is taken back, also when the run was stopped.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.Limits.Timeout)
		defer cancel()
		setup.ctx = ctx
		w.limits.Requests += len(p.Teardown)
		_, _ = setup.play(Case{Steps: p.Teardown}) // best effort: the cases have their verdicts
	}()
	if verdict, why := setup.prepare(p.Setup); verdict != Held {
		return nil, fmt.Errorf("setting up: %s", why)
	}
	if err := r.controls(ctx); err != nil && (!opt.Anyway || ctx.Err() != nil) {
		return nil, err
	}
	var results []Result
	for _, c := range opt.Cases {
		result := r.one(ctx, c)
		if ctx.Err() != nil {
			return results, ctx.Err()
		}
		results = append(results, result)
		if opt.Each != nil {
			opt.Each(result)
		}
	}
	return results, nil
}

func (r *run) scene(ctx context.Context, each string) *scene {
	return &scene{run: r, ctx: ctx, each: each, kept: map[string]string{}}
}

// one runs one case.
func (r *run) one(ctx context.Context, c Case) Result {
	if why := r.profile.NotApplicable[c.ID]; why != "" {
		return Result{Case: c, Verdict: NotApplicable, Why: "the profile says: " + why}
	}
	result, _ := r.scene(ctx, c.each).play(c)
	return result
}

func (s *scene) prepare(steps []Step) (Verdict, string) {
	result, _ := s.play(Case{Steps: steps})
	return result.Verdict, result.Why
}

// play sends the steps of a case and judges each answer.
func (s *scene) play(c Case) (result Result, answers map[string][]answer) {
	result = Result{Case: c, Verdict: Held}
	answers = map[string][]answer{}
	for i, step := range c.Steps {
		if result.Verdict != Held && !step.Always {
			continue
		}
		seen, verdict, why := s.step(step, answers)
		if result.Verdict != Held {
			continue
		}
		result.Steps = append(result.Steps, seen)
		if verdict != Held {
			result.Verdict, result.Why = verdict, why
			if len(c.Steps) > 1 {
				result.Why = fmt.Sprintf("step %d: %s", i+1, why)
			}
		}
	}
	return result, answers
}

// patience is how often a product that says "later" (429, 503) is asked again.
const patience = 3

func (s *scene) step(step Step, before map[string][]answer) (seen Seen, verdict Verdict, why string) {
	seen = Seen{Control: step.Control, Sent: step.Send}
	for try := 0; ; try++ {
		m, err := s.build(step)
		seen.As, seen.Sent = s.as, m.told
		var unkept notKept
		if step.Optional && errors.As(err, &unkept) {
			return seen, Held, ""
		}
		if err == nil {
			step.Want, err = s.expandWant(step.Want)
		}
		if err != nil {
			return seen, NotApplicable, err.Error()
		}
		s.sent = append(s.sent, string(m.bytes), unpercent(string(m.bytes)))
		answers, closed, err := s.wire.send(s.ctx, m.to, m.method, m.bytes, m.raw)
		switch {
		case errors.Is(err, errNoReply) && !step.Control:
			seen.Seen = "nothing"
			return seen, GotThrough, "no answer within " + s.wire.limits.Timeout.String()
		case err != nil:
			return seen, NotApplicable, err.Error()
		}
		seen.Seen = seenOf(answers, closed)
		if len(answers) > 0 {
			s.keep(step, answers[0])
		}
		wrong := s.judge(step, answers, closed, before)
		if wait, later := later(answers); wrong != "" && later {
			if try < patience && wait <= longestWait {
				if err := pause(s.ctx, wait); err != nil {
					return seen, NotApplicable, err.Error()
				}
				continue
			}
			return seen, NotApplicable, "the product answers 429: it limits how much may be asked"
		}
		switch {
		case wrong != "" && step.Control:
			return seen, NotApplicable, "the honest request was not answered as it should be: " + seen.Seen + ": " + wrong
		case wrong != "":
			return seen, GotThrough, wrong
		}
		if step.Name != "" {
			before[step.Name] = answers
		}
		return seen, Held, ""
	}
}

const longestWait = 30 * time.Second

// later says whether a product asks to come again, and when.
func later(answers []answer) (time.Duration, bool) {
	if len(answers) == 0 || answers[0].status != http.StatusTooManyRequests {
		return 0, false
	}
	wait, err := time.ParseDuration(answers[0].header.Get("Retry-After") + "s")
	if err != nil || wait <= 0 {
		wait = time.Second
	}
	return wait, true
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// tokenLife is how long a token is used before another is asked for.
const tokenLife = 2 * time.Minute

// token gives somebody's token.
func (r *run) token(ctx context.Context, who string) (string, error) {
	professional, ok := r.profile.Professionals[who]
	if !ok {
		return "", missing("the profile names no professionals." + who)
	}
	if t := r.tokens[who]; t != "" && r.clock().Before(r.asked[who].Add(tokenLife)) {
		return t, nil
	}
	t, err := professional.Token.get(ctx, r.keys.client)
	if err != nil {
		return "", fmt.Errorf("professionals.%s: %w", who, err)
	}
	r.tokens[who], r.asked[who] = t, r.clock()
	return t, nil
}

func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

func unpercent(text string) string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

func seenOf(answers []answer, closed bool) string {
	if len(answers) == 0 {
		return "closed"
	}
	var all []string
	for _, a := range answers {
		all = append(all, fmt.Sprint(a.status))
	}
	text := strings.Join(all, ", ")
	if closed && len(answers) > 1 {
		text += ", closed"
	}
	return text
}

// Choose gives the cases of a number or id, or whose id begins with it.
func Choose(cases []Case, which string) []Case {
	return slices.DeleteFunc(slices.Clone(cases), func(c Case) bool {
		return c.ID != which && !strings.HasPrefix(c.ID, which+"-")
	})
}
