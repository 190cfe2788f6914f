package trail

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// ruling is one rule's part in a decision, in the words of its METADATA.
type ruling struct {
	Name, Title, Description, Promise string
	Parts                             []rulingPart // what permitted, denied, released or was lacking
	Conditions                        []rulingPart // what held of that on which it rests
	Missing                           bool         // the policies in force have no such rule any more
	Own                               string       // the organisation whose own rule it is; "" of the region's
}

// rulingPart is one part of a rule that held.
type rulingPart struct {
	Title, Description string
	Condition          bool // what a part that decides rests on
}

// reasonTold is one reason, as the professional was told it.
type reasonTold struct {
	Code, Text string
	Kind       string // "refusal", "permit", …
}

// rulings tells which rules applied, and which of their parts: those that held
// when the decision was made again, else those that can give the record's reasons.
func (w words) rulings(r *audit.Record, again remade) []ruling {
	var all []ruling
	for _, name := range regions(r.Rules) {
		rule, ok := w.book.Rule(name)
		if !ok {
			all = append(all, ruling{Name: name, Title: phrase(name), Missing: true})
			continue
		}
		one := ruling{Name: name, Title: rule.Title, Description: rule.Description, Promise: rule.Promise}
		if again.Tried {
			for _, part := range again.held[name] {
				if part.Condition {
					one.Conditions = append(one.Conditions, part)
				} else {
					one.Parts = append(one.Parts, part)
				}
			}
			all = append(all, one)
			continue
		}
		for _, part := range rule.Parts {
			if part.Title != "" && slices.ContainsFunc(part.Reasons, func(code string) bool { return slices.Contains(r.Reasons, code) }) {
				one.Parts = append(one.Parts, rulingPart{Title: sentence(part.Title), Description: part.Description})
			}
		}
		all = append(all, one)
	}
	return all
}

func (w words) reasons(r *audit.Record) []reasonTold {
	var all []reasonTold
	for _, code := range r.Reasons {
		known, _ := w.book.Reason(code)
		all = append(all, reasonTold{Code: code, Text: w.reason(code), Kind: known.Kind})
	}
	return all
}

// amount is so many of something.
type amount struct {
	What, Code string
	N          int
}

// amounts lists what was counted by code, in words, the most first.
func amounts(counted map[string]int, say func(string) string) []amount {
	all := make([]amount, 0, len(counted))
	for _, code := range slices.Sorted(maps.Keys(counted)) {
		all = append(all, amount{What: say(code), Code: code, N: counted[code]})
	}
	slices.SortStableFunc(all, func(a, b amount) int { return b.N - a.N })
	return all
}

func categoryWords(code string) string { return cmp.Or(plainCategories[code], phrase(code)) }

func typeWords(code string) string { return cmp.Or(resources[code], code) }

// ending says how a request ended, in a sentence.
func ending(r *audit.Record) string {
	switch r.Outcome {
	case audit.Released:
		if r.IsLook() {
			return "The look was recorded, then the page was shown."
		}
		if r.Action != "view" && r.Action != "" {
			return "It was recorded."
		}
		if r.Action == "" {
			return "An answer left the broker. What it showed of a record is in the records of its parts."
		}
		if r.Status == http.StatusNotFound {
			return "There was nothing of the kind to show."
		}
		return "An answer left the broker, cut to what the rules allow."
	case audit.Refused:
		return "It was refused. Nothing of the record was shown."
	case audit.Incomplete:
		return "The source broke off in the middle of its answer. Nothing of the record was shown."
	case audit.Failed:
		return "Something did not work. Nothing of the record was shown."
	}
	return "It ended otherwise than is known here (" + string(r.Outcome) + ")."
}
