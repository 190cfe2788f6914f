package record

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/collect"
)

// missingWords say in a few words of one source, and of several, what of them does not
// stand here, by the kind of Attention; in the order in which it is told.
var missingWords = []struct{ kind, one, more string }{
	{"apart", "has another date of birth", "have another date of birth"},
	{string(collect.TimedOut), "did not answer in time", "did not answer in time"},
	{string(collect.Failed), "could not be read", "could not be read"},
	{string(collect.Refused), "is not shown to you", "are not shown to you"},
	{string(collect.Withheld), "shows only some of it", "show only some of it"},
	{string(collect.MayBeWithheld), "may hold more", "may hold more"},
	{"another", "holds another record", "hold another record"},
	{"cut", "holds more than could be collected", "hold more than could be collected"},
	{"odd", "sent what could not be displayed", "sent what could not be displayed"},
}

// Missing says in a line what does not stand here. One source is named; of more it says
// how many: their names, and what can be done, stand below.
func (s shown) Missing() string {
	var all []string
	for _, words := range missingWords {
		var about []*Source
		var why []string
		for _, a := range s.Attention {
			if a.Kind == words.kind {
				about, why = append(about, a.About...), append(why, lower(trimStop(a.Text)))
			}
		}
		what := ""
		switch {
		case len(about) == 0:
			continue
		case len(about) == 1 && len(s.Attention) == 1:
			what = about[0].Name + " " + words.one
		case len(about) == 1:
			what = "1 source " + words.one
		default:
			what = counting(len(about), "source", "sources") + " " + words.more
		}
		if len(why) == 1 && about[0].Reason.Text != "" && (words.kind == string(collect.Refused) || words.kind == string(collect.Withheld)) {
			what += " (" + why[0] + ")"
		}
		all = append(all, what)
	}
	return strings.Join(all, "; ")
}

// Unfolded says that all that is missing is told at once, and why: nothing else is there
// to be read, or the page is for paper.
func (s shown) Unfolded() bool {
	return s.Printed || len(s.Waiting()) == 0 && (s.Stop != "" || s.Summary.Empty)
}

// MayAsk says that an answer of the patient would show more.
func (s shown) MayAsk() bool {
	return slices.ContainsFunc(s.Attention, func(a Attention) bool { return a.Ask })
}

// Whys are why the reader may see what is shown.
func (s shown) Whys() []Why {
	if s.Stop != "" {
		return nil
	}
	return whys(s.Sources)
}
