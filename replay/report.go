package replay

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision"
)

// Report is what a draft would have decided otherwise.
type Report struct {
	Draft  string `json:"draft"` // the name of its revision
	Digest string `json:"digest"`
	// First and Last are when the earliest and the latest of the requests came in.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Records were read. Decisions of them were made again and compared; all others are counted
	// in Apart.
	Records   int `json:"records"`
	Decisions int `json:"decisions"`
	// Kinds count the decisions that came out otherwise.
	Kinds map[Kind]int `json:"kinds"`
	// By counts them by whom and what they are about.
	By map[Dimension]Rows `json:"by"`
	// Changes are the first of them in the order of the source, at most MostChanges of each kind.
	Changes []Change `json:"changes"`
	Apart   Apart    `json:"apart"`

	Took time.Duration `json:"-"`

	rows                  map[Dimension]map[string]*Row
	mostChanges, mostKeys int
}

// MostChanges is how many changes of a kind a report holds; it counts all of them.
const MostChanges = 10_000

// Apart are the records that say nothing of the draft, and those that say a part.
type Apart struct {
	// NoDecision are looks at the trail, and requests at which the policies were not asked.
	NoDecision int `json:"no_decision"`
	// OtherSchema are decisions whose input was written for another schema of the policies'
	// input, by where the first difference stands. They are not decided again.
	OtherSchema map[string]int `json:"other_schema"`
	Erased      int            `json:"erased"`     // details were erased since: not decided again
	Unreadable  int            `json:"unreadable"` // no record, or an input that is none
	// Unlike come out otherwise even under the policies that decided them. Either record or
	// policies are not what they were, or the program decides otherwise than it did.
	Unlike    int      `json:"unlike"`
	UnlikeIDs []string `json:"unlike_ids"` // of the first of them
	// ShownUnknown are among Decisions: they were permitted by policies that are not kept, and
	// whether more or less would be shown is not known. By the digests of those policies.
	ShownUnknown map[string]int `json:"shown_unknown"`
}

// Dimension is what changes are counted by.
type Dimension string

// The dimensions.
const (
	ByRule         Dimension = "rule" // that decided, or would
	ByOrganisation Dimension = "organisation"
	ByRole         Dimension = "role"
	BySource       Dimension = "source"
	ByPatient      Dimension = "patient"
)

// Dimensions are all of them.
func Dimensions() []Dimension {
	return []Dimension{ByRule, ByOrganisation, ByRole, BySource, ByPatient}
}

// Rows are the rows of one dimension, those with most changes first.
type Rows struct {
	Rows []*Row `json:"rows"`
	// Others counts the changes of keys for which there was no room: MostKeys.
	Others int `json:"others,omitempty"`
}

// MostKeys bounds the keys of a dimension.
const MostKeys = 50_000

// Row counts the changes of one rule, organisation, role, source or patient.
type Row struct {
	Key   string       `json:"key"`
	Name  string       `json:"name,omitempty"`
	Kinds map[Kind]int `json:"kinds"`
}

// All is how many changes there are in a row, those of reasons alone apart.
func (r *Row) All() int { return otherwise(r.Kinds) }

// Otherwise is how many decisions would come out otherwise; those that would be the same for
// other reasons apart.
func (r *Report) Otherwise() int { return otherwise(r.Kinds) }

func otherwise(kinds map[Kind]int) (n int) {
	for k, of := range kinds {
		if k.Decided() {
			n += of
		}
	}
	return n
}

func newReport(draft *decision.Revision) *Report {
	r := &Report{
		Draft: draft.Name(), Digest: draft.Digest(), Kinds: map[Kind]int{}, By: map[Dimension]Rows{}, rows: map[Dimension]map[string]*Row{},
		mostChanges: MostChanges, mostKeys: MostKeys,
		Apart: Apart{OtherSchema: map[string]int{}, ShownUnknown: map[string]int{}},
	}
	for _, d := range Dimensions() {
		r.rows[d] = map[string]*Row{}
	}
	return r
}

// mostNamed bounds how many places of another schema are told, how many digests, and how many ids.
const mostNamed = 100

func (r *Report) add(j *judged) {
	switch j.fate {
	case noDecision:
		r.Apart.NoDecision++
		return
	case unreadable:
		r.Apart.Unreadable++
		return
	case erased:
		r.Apart.Erased++
		return
	case misfit:
		count(r.Apart.OtherSchema, j.misfit)
		return
	case unlike:
		if r.Apart.Unlike++; len(r.Apart.UnlikeIDs) < mostNamed {
			r.Apart.UnlikeIDs = append(r.Apart.UnlikeIDs, j.was.ID)
		}
		return
	case shownApart:
		count(r.Apart.ShownUnknown, j.was.Digest)
	}
	r.Decisions++
	if r.First.IsZero() || j.was.TimeIn.Before(r.First) {
		r.First = j.was.TimeIn
	}
	if j.was.TimeIn.After(r.Last) {
		r.Last = j.was.TimeIn
	}
	if j.other {
		r.change(&j.change)
	}
}

// longestNamed bounds a place that is told: a record may hold a name of a megabyte.
const longestNamed = 200

// count counts a key, or what there is no room for under "others".
func count(in map[string]int, key string) {
	if len(key) > longestNamed {
		key = strings.ToValidUTF8(key[:longestNamed], "") + " ..."
	}
	if _, there := in[key]; !there && len(in) >= mostNamed {
		key = "others"
	}
	in[key]++
}

func (r *Report) change(c *Change) {
	if r.Kinds[c.Kind]++; r.Kinds[c.Kind] <= r.mostChanges {
		r.Changes = append(r.Changes, *c)
	}
	names := map[Dimension]string{ByOrganisation: c.Was.UserOrgName, ByRole: c.Was.RoleName}
	for _, d := range Dimensions() {
		for _, key := range c.Keys(d) {
			r.count(d, key, names[d], c.Kind)
		}
	}
}

// Keys are those under which a change is counted.
func (c *Change) Keys(by Dimension) []string {
	switch by {
	case ByRule:
		return c.Rules()
	case ByOrganisation:
		return []string{c.Was.UserOrg}
	case ByRole:
		return []string{c.Was.RoleCode}
	case BySource:
		return []string{c.Was.Source}
	}
	return []string{c.Was.PatientHMAC}
}

// Rules are the rules that decided or would decide, but not both; where the same ones decide
// otherwise, those.
func (c *Change) Rules() []string {
	was, now := slices.Sorted(slices.Values(c.Was.Rules)), slices.Sorted(slices.Values(c.Now.Rules))
	lost, gained := apart(was, now)
	if all := slices.Concat(lost, gained); len(all) > 0 {
		return all
	}
	return now
}

func (r *Report) count(by Dimension, key, name string, kind Kind) {
	rows := r.rows[by]
	row := rows[key]
	if row == nil {
		if len(rows) >= r.mostKeys {
			all := r.By[by]
			all.Others++
			r.By[by] = all
			return
		}
		row = &Row{Key: key, Name: name, Kinds: map[Kind]int{}}
		rows[key] = row
	}
	row.Name = cmp.Or(row.Name, name)
	row.Kinds[kind]++
}

// sorted puts the rows into the order in which they are told.
func (r *Report) sorted() {
	for _, d := range Dimensions() {
		all := r.By[d]
		all.Rows = slices.SortedFunc(maps.Values(r.rows[d]), func(a, b *Row) int {
			return cmp.Or(b.All()-a.All(), b.Kinds[Reasons]-a.Kinds[Reasons], cmp.Compare(a.Key, b.Key))
		})
		r.By[d] = all
	}
}
