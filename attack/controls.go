package attack

import (
	"context"
	"fmt"
	"net/http"
)

// controls show that the suite can see: the permitted professional gets A's record,
// the stranger nothing of it, and the markers are where they are said to be.
// Without that, "held" would mean nothing.
func (r *run) controls(ctx context.Context) error {
	search := r.profile.Type + "?patient={A.id}"
	for _, c := range []struct {
		what string
		step Step
	}{
		{"the permitted professional sees A's record", Step{Send: "GET " + search, Want: Want{Status: []string{"200"}, Holds: []string{"A"}}}},
		{"the stranger sees nothing of A's record", Step{As: "stranger", Send: "GET " + search, Want: Want{Status: []string{"200", "4xx"}}}},
		{"without a token there is nothing to see", Step{As: "nobody", Send: "GET " + search, Want: Want{Status: []string{"401", "403"}}}},
	} {
		if err := r.control(ctx, c.what, c.step); err != nil {
			return err
		}
	}
	if _, there := r.profile.Professionals["owner"]; !there {
		return nil
	}
	for set, targets := range r.shownBy() {
		found := len(targets) == 0 // shown to nobody, says the profile
		for _, target := range targets {
			s := r.scene(ctx, "")
			m, err := s.build(Step{As: "owner", Send: "GET " + target})
			if err != nil {
				return fmt.Errorf("%w: the markers of %s: %w", ErrControls, set, err)
			}
			s.sent = append(s.sent, string(m.bytes))
			answers, _, err := r.wire.send(ctx, m.to, m.method, m.bytes, false)
			if err != nil {
				return fmt.Errorf("%w: the markers of %s: %w", ErrControls, set, err)
			}
			found = found || len(answers) > 0 && answers[0].status == http.StatusOK && s.find(set, answers[0]) > 0
		}
		if !found {
			return fmt.Errorf("%w: owner finds no marker of %s where the profile says that they are shown", ErrControls, set)
		}
	}
	return nil
}

func (r *run) control(ctx context.Context, what string, step Step) error {
	s := r.scene(ctx, "")
	seen, verdict, why := s.step(step, map[string][]answer{})
	if verdict == Held {
		return nil
	}
	if seen.Seen != "" {
		why = seen.Seen + ": " + why
	}
	return fmt.Errorf("%w: %s: no: %s", ErrControls, what, why)
}

// shownBy are the targets that show each set of markers to owner.
func (r *run) shownBy() map[string][]string {
	all := map[string][]string{}
	for name, p := range r.profile.Patients {
		if all[name] = p.ShownBy; p.ShownBy == nil && len(p.Markers) > 0 {
			all[name] = []string{r.profile.Type + "?patient={" + name + ".id}"}
		}
	}
	for name, m := range r.profile.Markers {
		if m.ShownBy != nil {
			all[name] = m.ShownBy
		}
	}
	return all
}
