package record

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/fhir"
)

// Attention is something that did not come, for all sources that say the same
// about it.
type Attention struct {
	Kind   string // a collect.Status, "apart", "another", "cut" or "odd"
	Text   string
	Remedy string
	Ask    bool // asking the patient is what would help
	Tell   bool // the telephone is what would help: shown with each source
	About  []*Source
}

// few is how many sources are named at once: the names of more are folded away
// behind their number, lest they hide what is said about them.
const few = 3

// Many says that there are too many sources to name at once.
func (a Attention) Many() bool { return len(a.About) > few }

// ID is the anchor of its sources' names: what the reader has open stays open while
// more sources answer.
func (a Attention) ID() string {
	h := fnv.New32a()
	for _, text := range []string{a.Kind, a.Text, a.Remedy} {
		_, _ = h.Write([]byte(text + "\x00"))
	}
	return fmt.Sprintf("not-all-%08x", h.Sum32())
}

// Many says that there are too many sources to name at once.
func (a Account) Many() bool { return len(a.Unknown) > few }

// asking are the reasons that an answer of the patient would change.
var asking = map[string]bool{
	"permission-needed": true, "permission-expired": true, "permission-withdrawn": true, "permission-for-other-source": true,
	"category-not-routine": true, "category-not-ordered": true, "test-order-closed": true, "permission-refused-by-patient": true,
	"emergency-ended": true, "emergency-not-enabled": true,
}

// attend gathers what must stand at the top: what may be mended first.
func attend(sources []*Source) []Attention {
	var all []Attention
	for _, s := range sources {
		if s.Apart {
			all = gather(all, Attention{Kind: "apart", Tell: true, Text: "Another date of birth is held with this NHS number, so nothing from here is shown: it may be about another person."}, s)
		}
	}
	for _, kind := range []collect.Status{collect.TimedOut, collect.Failed, collect.Refused, collect.Withheld, collect.MayBeWithheld} {
		for _, s := range sources {
			switch {
			case s.Status != kind:
			case !s.limited():
				all = gather(all, attentionOf(s), s)
			case s.Hidden: // and that is said as everywhere, not of what kind it is
				all = gather(all, Attention{Kind: string(kind), Text: kind.Text(), Remedy: kind.Remedy(), Tell: true}, s)
			}
		}
	}
	for _, s := range sources {
		if note, ok := s.said(fhir.AnotherRecord); ok {
			all = gather(all, Attention{Kind: "another", Tell: true, Text: note.Text, Remedy: note.Remedy}, s)
		}
	}
	for _, s := range sources {
		if !s.Cut {
			continue
		}
		told := Attention{Kind: "cut", Tell: true, Text: "More is held than could be collected at once. What is shown is not all."}
		if note, ok := s.said(fhir.SomePagesMissing); ok {
			told.Text, told.Remedy = note.Text, note.Remedy
		}
		all = gather(all, told, s)
	}
	for _, s := range sources {
		if s.Odd > 0 {
			all = gather(all, Attention{Kind: "odd", Tell: true, Text: counting(s.Odd, "item could not be displayed", "items could not be displayed") + "."}, s)
		}
	}
	return all
}

// said gives what the source says of how it knows the patient.
func (s *Source) said(note fhir.Note) (collect.Reason, bool) {
	i := slices.IndexFunc(s.Notes, func(r collect.Reason) bool { return r.Code == string(note) })
	if i < 0 {
		return collect.Reason{}, false
	}
	return s.Notes[i], true
}

func attentionOf(s *Source) Attention {
	a := Attention{Kind: string(s.Status), Text: s.Reason.Text, Remedy: s.Reason.Remedy, Ask: asking[s.Reason.Code]}
	switch s.Status {
	case collect.TimedOut, collect.Failed:
		a.Text, a.Tell = cmp.Or(s.Reason.Text, s.Status.Text()), true
	case collect.Withheld, collect.MayBeWithheld:
		if a.Text == "" {
			a.Text, a.Remedy, a.Tell = s.Status.Text(), s.Status.Remedy(), true
		}
	case collect.Refused:
		if a.Text == "" {
			a.Text, a.Tell = s.Status.Text(), true
		}
	}
	return a
}

func gather(all []Attention, a Attention, s *Source) []Attention {
	for i := range all {
		if all[i].Kind == a.Kind && all[i].Text == a.Text && all[i].Remedy == a.Remedy {
			all[i].About = append(all[i].About, s)
			return all
		}
	}
	a.About = []*Source{s}
	return append(all, a)
}

// why says in a few words why a source's silence means nothing.
func (s *Source) why() string {
	if s.Apart {
		return "holds another date of birth"
	}
	switch s.Status {
	case "":
		return "not answered yet"
	case collect.TimedOut:
		return "did not answer in time"
	case collect.Failed:
		return "could not be read"
	case collect.Refused:
		return "not shown to you"
	case collect.Withheld:
		if s.limited() && !s.Hidden {
			return map[bool]string{true: "not shown without the patient’s permission", false: "not open to you"}[asking[s.Reason.Code]]
		}
		return "some of it is not shown"
	case collect.MayBeWithheld:
		return "some of it may not be shown"
	case collect.NotUnderstood:
		return "some of it could not be read"
	}
	if s.Cut {
		return "holds more than could be collected"
	}
	if s.Odd > 0 {
		return counting(s.Odd, "item could not be displayed", "items could not be displayed")
	}
	return ""
}

// Unread is what of a source could not be read or placed, or is shown in part. It
// is nobody's choice and common, and asking helps nobody: it stands once, with the
// source, and not among what stands at the top.
type Unread struct{ Text, About, Remedy string }

// Unread gives what is to be told of that, the worse first.
func (s *Source) Unread() (all []Unread) {
	for _, one := range []struct {
		status collect.Status
		types  []string
	}{{collect.NotUnderstood, s.Unclear}, {collect.InPart, s.Partial}} {
		if len(one.types) > 0 || s.Status == one.status {
			all = append(all, Unread{one.status.Text(), strings.Join(partsOfTypes(one.types), ", "), one.status.Remedy()})
		}
	}
	return all
}

// Told is the status in a sentence, where Unread does not say it.
func (s *Source) Told() string {
	if s.Status == collect.NotUnderstood || s.Status == collect.InPart {
		return ""
	}
	if s.limited() && !s.Hidden {
		return "You see " + listed(s.opened()) + ". " + s.Reason.Text
	}
	return s.Status.Text()
}

// account says what each source's silence about a part of the record means, which
// holds entries of some types.
func account(sources []*Source, lines []*Line, types ...string) Account {
	has := map[*Source]bool{}
	for _, l := range lines {
		has[l.Source] = true
	}
	var a Account
	for _, s := range sources {
		switch {
		case s.Status == collect.NoRecord:
		case !s.whole(types):
			a.Unknown = append(a.Unknown, Silent{s, s.why()})
		case !has[s]:
			a.None = append(a.None, s)
		}
	}
	return a
}

// counting writes a number with the words for it.
func counting(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
