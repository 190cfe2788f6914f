package trail

import (
	"context"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
)

// ownRules are the rules of the organisation's own that restricted what a record tells of, with the
// words that they had then; nil where there were none, or where they are not kept.
func (t *Room) ownRules(ctx context.Context, r *audit.Record) *decision.Revision {
	if r.Own == "" || t.cfg.DecidedBy == nil {
		return nil
	}
	by := t.cfg.DecidedBy(ctx, decision.DecidedBy{Digest: r.Digest, Own: r.Own, Organisation: r.SourceOrg})
	if by == nil {
		return nil
	}
	return by.Own()[r.SourceOrg]
}

// isOwn reports whether a rule is one of an organisation's own (decision.OwnRule).
func isOwn(name string) bool { return strings.Contains(name, ".") }

// ownRulings tells which of an organisation's own rules applied, as rulings tells it of the region's.
func (w words) ownRulings(r *audit.Record, again remade, own *decision.Revision) []ruling {
	var all []ruling
	for _, name := range r.Rules {
		if !isOwn(name) {
			continue
		}
		one := ruling{Name: name, Own: w.organisation(r.SourceOrg, ""), Missing: true}
		_, short, _ := strings.Cut(name, ".")
		one.Title = phrase(short)
		if own != nil {
			for _, rule := range own.Rules() {
				if rule.Name == short {
					one.Title, one.Description, one.Promise, one.Missing = rule.Title, rule.Description, rule.Promise, false
				}
			}
		}
		for _, part := range again.held[name] {
			if part.Condition {
				one.Conditions = append(one.Conditions, part)
			} else {
				one.Parts = append(one.Parts, part)
			}
		}
		all = append(all, one)
	}
	return all
}

// reasonsInWords puts in the words of own rules where the region's list has none.
func (w words) reasonsInWords(told []reasonTold, own *decision.Revision) {
	if own == nil {
		return
	}
	for i := range told {
		if _, known := w.book.Reason(told[i].Code); !known && own.Gives(told[i].Code) {
			told[i].Text, told[i].Kind = own.Reason(told[i].Code).Text, "refusal"
		}
	}
}

// withheldInWords is reasonsInWords for what is counted by reason.
func (w words) withheldInWords(counted []amount, own *decision.Revision) {
	if own == nil {
		return
	}
	for i := range counted {
		if _, known := w.book.Reason(counted[i].Code); !known && own.Gives(counted[i].Code) {
			counted[i].What = own.Reason(counted[i].Code).Text
		}
	}
}

// regions are the rules of a record that are the region's.
func regions(rules []string) []string {
	return slices.DeleteFunc(slices.Clone(rules), isOwn)
}
