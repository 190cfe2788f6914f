package book

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/lists"
)

// Book is a folder of policies as people read it: the rules in plain
// English from their METADATA, the lists and settings that they use, every
// reason, and the cases with their results now. It holds nothing of a patient.
type Book struct {
	// Revision is the name that the folder has when it is loaded without one;
	// Digest is the SHA-256 of what is served.
	Revision, Digest            string
	Title, Description, Promise string // of how the rules are put together
	Rules                       []decision.Rule
	Lists                       []List
	Settings                    []Setting
	Reasons                     []ReasonText // in the order in which they are told
	Cases                       []cases.Result

	rev *decision.Revision // what Try needs
}

// ReasonText is one entry of data/reasons.json, with the rules that give it.
type ReasonText struct {
	Code string
	// Kind: "refusal", "permit", "fault", "form" (the request itself), "withheld",
	// "note" or "sign-in".
	Kind            string
	Text            string
	Remedy          string // may hold {placeholders} that a rule fills
	RemedyOtherwise string // told when a placeholder cannot be filled
	Promise         string
	Rules           []string
}

// Read reads a folder of policies (policies.FS, or os.DirFS of a copy) and runs
// its cases. All faults of a kind are given at once, as by Load.
//
// It compiles the policies, so it takes some tenths of a second; what it gives
// never changes and may be kept as long as the folder's digest is the same.
func Read(ctx context.Context, fsys fs.FS) (*Book, error) {
	rev, err := decision.Load(ctx, fsys, decision.Options{})
	if err != nil {
		return nil, err
	}
	book, err := newBook(rev)
	if err != nil {
		return nil, err
	}
	book.Cases, err = cases.Run(ctx, rev)
	return book, err
}

// newBook writes all of a book but its cases.
func newBook(rev *decision.Revision) (*Book, error) {
	l, err := lists.Read(rev.Files().Data)
	if err != nil {
		return nil, err
	}
	b := &Book{Revision: rev.Name(), Digest: rev.Digest(), rev: rev}
	for _, r := range rev.Rules() {
		if r.Name == "" {
			b.Title, b.Description, b.Promise = r.Title, r.Description, r.Promise
			continue
		}
		b.Rules = append(b.Rules, r)
	}
	b.Lists = bookLists(l)
	b.Settings = bookSettings(l)
	b.Reasons = bookReasons(l.Reasons, b.Rules)
	for i := range b.Lists {
		b.Lists[i].Rules = usedBy(b.Rules, func(r decision.Rule) bool { return slices.Contains(r.Lists, b.Lists[i].Name) })
	}
	for i := range b.Settings {
		b.Settings[i].Rules = usedBy(b.Rules, func(r decision.Rule) bool { return reads(r.Settings, b.Settings[i].Path) })
	}
	if len(b.Rules) == 0 {
		return nil, errors.New("writing policy book: there are no rules under rules/")
	}
	return b, nil
}

func usedBy(rules []decision.Rule, uses func(decision.Rule) bool) []string {
	var out []string
	for _, r := range rules {
		if uses(r) {
			out = append(out, r.Name)
		}
	}
	return out
}

func bookReasons(book lists.Reasons, rules []decision.Rule) []ReasonText {
	out := make([]ReasonText, len(book.Entries))
	for code, e := range book.Entries {
		out[book.Rank[code]] = ReasonText{
			Code: code, Kind: e.Kind, Text: e.Text, Remedy: e.Remedy, RemedyOtherwise: e.RemedyOtherwise, Promise: e.Promise,
			Rules: usedBy(rules, func(r decision.Rule) bool { return slices.Contains(r.Reasons, code) }),
		}
	}
	return out
}

// Fingerprint is that of the folder from which the book was made: as long as the
// folder's is the same, so is its book.
func (b *Book) Fingerprint() string { return b.rev.Files().Fingerprint() }

// Try decides a case by the policies of the book, which are compiled already.
func (b *Book) Try(ctx context.Context, caseYAML []byte) (cases.Tried, error) {
	return cases.Try(ctx, b.rev, caseYAML)
}

// Rule gives a rule by its name.
func (b *Book) Rule(name string) (decision.Rule, bool) {
	return find(b.Rules, func(r decision.Rule) bool { return r.Name == name })
}

// Reason gives a reason by its code.
func (b *Book) Reason(code string) (ReasonText, bool) {
	return find(b.Reasons, func(r ReasonText) bool { return r.Code == code })
}

// List gives a list by its name, such as "roles/never_elsewhere".
func (b *Book) List(name string) (List, bool) {
	return find(b.Lists, func(l List) bool { return l.Name == name })
}

// CasesOf are the cases in whose decision a rule had a part.
func (b *Book) CasesOf(rule string) []cases.Result {
	var out []cases.Result
	for _, c := range b.Cases {
		if slices.Contains(c.Rules, rule) {
			out = append(out, c)
		}
	}
	return out
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}

// reads says that one of the settings that are read is, or holds, the one at a path.
func reads(settings []string, path string) bool {
	return slices.ContainsFunc(settings, func(s string) bool {
		return s == path || strings.HasPrefix(path, s+".")
	})
}
