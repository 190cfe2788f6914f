package decision

import (
	"context"
	"errors"
	"io/fs"
	"slices"
)

// PolicyBook is a folder of policies as people read it: the rules in plain
// English from their METADATA, the lists and settings that they use, every
// reason, and the cases with their results now. It holds nothing of a patient.
type PolicyBook struct {
	// Revision is the name that the folder has when it is loaded without one;
	// Digest is the SHA-256 of what is served.
	Revision, Digest            string
	Title, Description, Promise string // of how the rules are put together
	Rules                       []Rule
	Lists                       []List
	Settings                    []Setting
	Reasons                     []ReasonText // in the order in which they are told
	Cases                       []CaseResult

	files files // what Try needs
	rev   *Revision
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

// Book reads a folder of policies (policies.FS, or os.DirFS of a copy) and runs
// its cases. All faults of a kind are given at once, as by Load.
//
// It compiles the policies, so it takes some tenths of a second; what it gives
// never changes and may be kept as long as the folder's digest is the same.
func Book(ctx context.Context, fsys fs.FS) (*PolicyBook, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	rev, err := load(ctx, f, Options{})
	if err != nil {
		return nil, err
	}
	book, err := newBook(f, rev)
	if err != nil {
		return nil, err
	}
	book.Cases, err = runCases(ctx, f, rev)
	return book, err
}

// newBook writes all of a book but its cases.
func newBook(f files, rev *Revision) (*PolicyBook, error) {
	l, err := readLists(f.data)
	if err != nil {
		return nil, err
	}
	b := &PolicyBook{Revision: rev.name, Digest: rev.digest, files: f, rev: rev}
	for _, r := range rev.written {
		if r.Name == "" {
			b.Title, b.Description, b.Promise = r.Title, r.Description, r.Promise
			continue
		}
		b.Rules = append(b.Rules, r)
	}
	b.Lists = bookLists(l)
	b.Settings = bookSettings(l)
	b.Reasons = bookReasons(l.reasons, b.Rules)
	for i := range b.Lists {
		b.Lists[i].Rules = usedBy(b.Rules, func(r Rule) bool { return slices.Contains(r.Lists, b.Lists[i].Name) })
	}
	for i := range b.Settings {
		b.Settings[i].Rules = usedBy(b.Rules, func(r Rule) bool { return reads(r.Settings, b.Settings[i].Path) })
	}
	if len(b.Rules) == 0 {
		return nil, errors.New("writing policy book: there are no rules under rules/")
	}
	return b, nil
}

func usedBy(rules []Rule, uses func(Rule) bool) []string {
	var out []string
	for _, r := range rules {
		if uses(r) {
			out = append(out, r.Name)
		}
	}
	return out
}

func bookReasons(book reasonBook, rules []Rule) []ReasonText {
	out := make([]ReasonText, len(book.entries))
	for code, e := range book.entries {
		out[book.rank[code]] = ReasonText{
			Code: code, Kind: e.Kind, Text: e.Text, Remedy: e.Remedy, RemedyOtherwise: e.RemedyOtherwise, Promise: e.Promise,
			Rules: usedBy(rules, func(r Rule) bool { return slices.Contains(r.Reasons, code) }),
		}
	}
	return out
}

// Rule gives a rule by its name.
func (b *PolicyBook) Rule(name string) (Rule, bool) {
	return find(b.Rules, func(r Rule) bool { return r.Name == name })
}

// Reason gives a reason by its code.
func (b *PolicyBook) Reason(code string) (ReasonText, bool) {
	return find(b.Reasons, func(r ReasonText) bool { return r.Code == code })
}

// List gives a list by its name, such as "roles/never_elsewhere".
func (b *PolicyBook) List(name string) (List, bool) {
	return find(b.Lists, func(l List) bool { return l.Name == name })
}

// CasesOf are the cases in whose decision a rule had a part.
func (b *PolicyBook) CasesOf(rule string) []CaseResult {
	var out []CaseResult
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
