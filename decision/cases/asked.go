package cases

import (
	"context"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
)

// Settings are those that the case's file puts over data/settings.json.
func (s *Case) Settings() map[string]any { return s.of.Settings }

// Against decides the case by another revision and says what is not as it expects;
// empty is well.
func (s *Case) Against(ctx context.Context, rev *decision.Revision) []string {
	other := *s
	other.Engine = decision.NewEngine(rev)
	return other.compare(other.Engine.Decide(ctx, s.Question, s.Facts))
}

// Asked is what one case asks, whatever it expects.
type Asked struct {
	Settings map[string]any
	Question access.Question
	Facts    access.Facts
}

// ReadAsked reads a file with one case, as Try does.
func ReadAsked(text []byte) (Asked, error) {
	one, err := readOneCase(text)
	if err != nil {
		return Asked{}, err
	}
	r := caseReader{file: &one.file}
	c := &one.file.Cases[0]
	a := Asked{one.file.Settings, r.question(c), r.facts(&c.Given)}
	if r.err != nil {
		return Asked{}, Faults{{Line: one.line, Text: r.err.Error()}}
	}
	return a, nil
}
