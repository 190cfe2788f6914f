package book

import (
	"slices"
	"strings"
)

// Reach says whether a change lets out more than before.
type Reach string

// The reaches. What is not known to let out no more may let out more: a change whose
// effect cannot be told from here is for a person to look at.
const (
	NoWider  Reach = ""
	MayWiden Reach = "may let out more"
	Widens   Reach = "lets out more"
)

// Further is the further of two reaches.
func (r Reach) Further(other Reach) Reach {
	if r == Widens || other == NoWider {
		return r
	}
	return other
}

// Of the lists that this product comes with: where a further entry lets out more, where it
// lets out less, and where entries are words for people alone.
var (
	openedBy = []string{
		"roles/emergency", "categories/routine_gp", "categories/can_be_ordered", "categories/understood",
		"categories/every", "directory/types", "directory/categories", "labels/normal", "labels/every",
	}
	closedBy = []string{
		"roles/never_elsewhere", "categories/tagged", "labels/masks", "directory/masks",
		"sensitive_codes/lists", "sensitive_codes/codes",
	}
	wordsAlone = []string{"roles/names", "categories/categories", "labels/meanings"}
)

// reachOfEntry says what an entry of a list does that came, went or changed.
func reachOfEntry(list string, c Change, onlyWords bool) Reach {
	opens, closes := slices.Contains(openedBy, list), slices.Contains(closedBy, list)
	if strings.HasSuffix(list, "/masks") && strings.HasPrefix(c.Name, "keep(") {
		opens, closes = true, false // what a mask keeps is not taken out
	}
	switch {
	case slices.Contains(wordsAlone, list), c.How == Altered && onlyWords:
		return NoWider
	case c.How == Added && opens, c.How == Removed && closes:
		return Widens
	case c.How == Removed && opens, c.How == Added && closes:
		return NoWider
	}
	return MayWiden
}

// reachOfSetting says what a setting does that changed: more minutes, more reasons and
// more ways let out more.
func reachOfSetting(c Change, was, is any) Reach {
	switch a, b := number(was), number(is); {
	case c.Name == "source" || strings.HasPrefix(c.Name, "emergency.reasons.") && c.How == Altered:
		return NoWider
	case strings.HasPrefix(c.Name, "emergency.reasons."):
		return map[How]Reach{Added: Widens}[c.How]
	case slices.Contains(moreIsWider, c.Name) && a != nil && b != nil:
		if *b > *a {
			return Widens
		}
		return NoWider
	case strings.HasPrefix(c.Name, "withheld.from_roles."): // what is kept back no longer is let out
		old, next := texts(was), texts(is)
		if slices.ContainsFunc(old, func(w string) bool { return !slices.Contains(next, w) }) {
			return Widens
		}
		return NoWider
	case c.Name == "permission.ways_to_ask":
		old, next := texts(was), texts(is)
		if slices.ContainsFunc(next, func(w string) bool { return !slices.Contains(old, w) }) {
			return Widens
		}
		return NoWider
	}
	return MayWiden
}

var moreIsWider = []string{
	"emergency.enabled", "emergency.minutes", "own_record.without_registry", "test_order.grace_days", "permission.default_hours", "permission.longest_hours",
}

// filtered are the lists by which entries are cut, in Go: of these no decision tells.
func filtered(list string) bool {
	file, _, _ := strings.Cut(list, "/")
	return slices.Contains([]string{"categories", "labels", "sensitive_codes", "codes", "directory"}, file)
}
