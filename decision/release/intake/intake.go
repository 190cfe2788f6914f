package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/decision/release"
)

// Config is what an Intake is made of.
type Config struct {
	Source Source
	Trust  release.Trust
	// Data is the folder in which it keeps what was accepted. Key seals it.
	Data string
	Key  []byte
	// Note is how often the time of the last contact is written down. Default 10 m.
	Note time.Duration
	// Canary has it take releases that are for some requests alone, and no others.
	Canary bool
	Clock  func() time.Time // default time.Now
}

// wholeEvery is how often the whole release is asked for, whatever its tag.
const wholeEvery = time.Hour

// Intake brings releases. Of one at a time Look is asked; State may be asked by many.
type Intake struct {
	cfg Config
	tag string // of what the source gave last, and was dealt with
	// whole is when it gave all of it: a server whose tags lie is found out.
	whole time.Time

	mu    sync.Mutex // of what follows
	last  ledger
	state State
}

// State is how it stands with the place.
type State struct {
	// Contact is when the place had last what is in force, or something newer that somebody who is
	// trusted signed, be it refused or for later; zero: never.
	Contact time.Time
	// Fault is why it could not be asked, or what came not be dealt with, when it was asked last.
	Fault error
	// Refused is the newest release there, if that was refused; nil when it was not.
	Refused *Refused
	// From is when the newest release there will hold; zero when it does.
	From time.Time
}

// Arrived is a release that came and may be taken.
type Arrived struct {
	*release.Release
	Packed string // SHA-256 of how it came
}

// Refused is a release that was refused.
type Refused struct {
	At time.Time
	// Release is nil where nobody who is trusted signed it: what it says of itself is not told on.
	Release *release.Release
	Packed  string
	Because *release.Refusal
}

// Takes is who goes by releases.
type Takes struct {
	// Take puts a release in force, or does not: a *release.Refusal says that it must not be, any
	// other error that it could not be now. Held must be called before it decides anything.
	Take func(ctx context.Context, a *Arrived, held func() error) error
	// Refuse is told of one that was refused, once. With an error it is told again.
	Refuse func(ctx context.Context, r *Refused) error
	// Gone is told that nothing is published there; of a canary alone, where that is no fault.
	Gone func(ctx context.Context) error
}

// New makes an intake. Nothing is read yet.
func New(cfg Config) *Intake {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Note <= 0 {
		cfg.Note = 10 * time.Minute
	}
	return &Intake{cfg: cfg}
}

// Kept gives the release that was accepted last, whatever its times say: they are of coming into force.
// The error is ErrNone where none ever was.
func (in *Intake) Kept() (*release.Release, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	l, err := in.readLedger()
	if err != nil {
		return nil, err
	}
	r, err := in.held(l)
	if err != nil {
		return nil, fmt.Errorf("reading the release that was accepted last: %w", err)
	}
	in.last, in.state.Contact = l, l.Contact
	return r, nil
}

// End notes that what was accepted last is gone by no more, and why: Over says so from then on, also
// after a restart.
func (in *Intake) End(why string) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.last.Packed == "" {
		return ErrNone
	}
	l := in.last
	l.Over = why
	if err := in.writeLedger(l); err != nil {
		return fmt.Errorf("keeping that the release is gone by no more: %w", err)
	}
	in.last = l
	return nil
}

// Over says why what was accepted last is gone by no more; "" when it is.
func (in *Intake) Over() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.last.Over
}

// State says how it stands.
func (in *Intake) State() State {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.state
}

// Look asks the place once, and has what is new there taken.
func (in *Intake) Look(ctx context.Context, by Takes) (err error) {
	defer func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.state.Fault = err
	}()
	defer func() {
		// Whatever was published, the broker that asked goes on, and its next start does not end here too.
		if fault := recover(); fault != nil {
			err = fmt.Errorf("dealing with what is published: fault: %v", fault)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // a large release is judged on a busy machine
	defer cancel()
	tag, now := in.tag, in.cfg.Clock()
	if !in.State().From.IsZero() || now.Sub(in.whole) >= wholeEvery {
		tag = "" // what does not hold yet is looked at again
	}
	got, err := in.cfg.Source.Fetch(ctx, tag)
	if in.cfg.Canary && errors.Is(err, ErrNothing) {
		in.tag = ""
		in.settle(nil, time.Time{})
		return by.Gone(ctx)
	}
	if err != nil {
		return fmt.Errorf("asking the place of publication: %w", err)
	}
	if got.Packed == nil {
		in.contact()
		return nil
	}
	in.tag, in.whole = "", now
	if err := in.deal(ctx, got.Packed, by); err != nil {
		return err
	}
	in.tag = got.Tag
	return nil
}

// deal has a release taken or refused. An error says that it must be dealt with again.
func (in *Intake) deal(ctx context.Context, packed []byte, by Takes) error {
	name, now := digest(packed), in.cfg.Clock()
	in.mu.Lock()
	last, refused := in.last, in.state.Refused
	in.mu.Unlock()
	switch {
	case name == last.Packed:
		in.settle(nil, time.Time{})
		return nil
	case refused != nil && refused.Packed == name:
		in.contact()
		return nil
	}
	one, err := release.Open(ctx, packed, in.cfg.Trust, last.Serial, now)
	if err == nil && (one.Statement.Canary != nil) != in.cfg.Canary {
		err = &release.Refusal{Code: release.Misplaced, Text: misplaced[in.cfg.Canary]}
	}
	if err == nil {
		a := &Arrived{one, name}
		err = by.Take(ctx, a, func() error { return in.accept(a, packed) })
		if err == nil {
			in.settle(nil, time.Time{})
			return nil
		}
		if because := (*release.Refusal)(nil); !errors.As(err, &because) {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	because := &release.Refusal{Code: release.DoesNotPass, Text: fmt.Sprint(err)} // policies that do not load
	errors.As(err, &because)
	no := &Refused{At: now, Packed: name, Because: because}
	if signed(because.Code) {
		no.Release, _ = release.Peek(packed) // which was read already
	}
	if because.Code == release.NotYet && no.Release != nil {
		in.settle(nil, no.Release.Statement.NotBefore)
		return nil
	}
	if err := by.Refuse(ctx, no); err != nil {
		return err
	}
	in.settle(no, time.Time{})
	return nil
}

var misplaced = map[bool]string{
	false: "the release is for some requests alone, and stands where the one for all belongs: publish it with mcr policy publish, which puts it into " + release.CanaryFile,
	true:  "the release is for all requests, and stands where one for some belongs: publish it with mcr policy publish, which puts it into " + release.Current,
}

// signed says that what is refused so bears the signature of somebody who is trusted: that is looked at
// before.
func signed(code release.Code) bool {
	switch code {
	case release.NotApproved, release.ApprovedSame, release.Forged, release.NotYet, release.Expired, release.Older, release.Misplaced, release.DoesNotPass:
		return true
	}
	return false
}

// accept writes down that a release was accepted: what decides from now on is found by the next start.
func (in *Intake) accept(a *Arrived, packed []byte) error {
	if err := in.hold(packed, a.Packed); err != nil {
		return fmt.Errorf("keeping the release: %w", err)
	}
	now := in.cfg.Clock().UTC()
	l := ledger{Serial: a.Statement.Serial, Packed: a.Packed, Accepted: now, Contact: now}
	if err := in.writeLedger(l); err != nil {
		return fmt.Errorf("keeping the release: %w", err)
	}
	in.mu.Lock()
	in.last = l
	in.mu.Unlock()
	in.forget(a.Packed)
	return nil
}

// settle notes how it stands with what is current at the place.
func (in *Intake) settle(no *Refused, from time.Time) {
	in.mu.Lock()
	in.state.Refused, in.state.From = no, from
	in.mu.Unlock()
	in.contact()
}

// contact notes that the place is heard of. Something that nobody signed who is trusted is no word from it.
func (in *Intake) contact() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if no := in.state.Refused; no != nil && no.Release == nil {
		return
	}
	now := in.cfg.Clock()
	in.state.Contact = now
	if in.last.Packed != "" && now.Sub(in.last.Contact) >= in.cfg.Note {
		l := in.last
		if l.Contact = now.UTC(); in.writeLedger(l) == nil { // otherwise a start believes that it was longer ago
			in.last = l
		}
	}
}
