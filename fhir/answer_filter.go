package fhir

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
	"github.com/mycarerecord/mcr/nhs"
)

// ErrNotUnderstood says that a source's answer cannot be understood as a whole:
// nothing of it may leave (502). It never carries a part of the answer.
var ErrNotUnderstood = errors.New("the source's answer is not understood")

// Owner is whom an answer must be about: all the NHS numbers of one person
// (superseded ones included), and the source's own ids for them.
type Owner struct {
	Numbers  []nhs.Number
	LocalIDs []string
	// Lent are the categories that reports give to the results that they name (see
	// Lend), besides those of the answer itself.
	Lent Lent
	// Notes are what a searchset says of how the source knows them.
	Notes []Note
}

// Links says how the addresses in a released answer are made. None of the
// source's own addresses is ever released.
type Links struct {
	// Base is the broker's own public base address, without a final slash:
	// "https://broker.example/gp-north/fhir".
	Base string
	// Self is the address of this answer, as the client may ask for it again.
	// Empty: Base, the type and the canonical query, without the patient.
	Self string
	// Source is the source's own base address as it writes it into its answers.
	// Absolute references below it are read as relative ones; empty: no absolute
	// reference is known, and one to a patient is another patient's.
	Source string
	// Further are more bases under which the source writes addresses of its own. All
	// that names a host of these or of Source is taken out of what is released, or
	// made the broker's.
	Further []string
	// Document seals the address of a document at the source and gives the broker's
	// own address for it; "" drops the address. It must refuse what is not below the
	// source's base. It is asked about nothing but what is released, after the masks.
	// Nil drops every such address.
	Document func(Attachment) string
}

// Filtered is what may be released of an answer.
type Filtered struct {
	// Body is a whole, valid answer. It is nil when a read releases nothing.
	Body []byte
	// Spliced are parts of the source's answer that belong into Body, which is not whole
	// without them (see Pieces). Only FilterInto gives any, of a large answer.
	Spliced []Splice
	source  []byte // that they are of
	// Released are the released resources, in the order of Body.
	Released []ReleasedItem
	// Withheld counts the entries that are not released, by reason code.
	// Nil when nothing is withheld.
	Withheld map[string]int
	// Causes says of each entry that is not released, or released in part, which
	// element is why.
	Causes []Cause
	// Unplaced reports that what a read asked for is an Observation that is
	// withheld for its category, and that nothing in it says for certain what it
	// is: a report that names it may (see Owner.Lent).
	Unplaced bool
}

// ReleasedItem names one released resource, for the record.
type ReleasedItem struct {
	Type, ID, Version string // Version is meta.versionId, or ""
	Category          string
	InPart            bool // less an element that could not be shown, masks aside
}

// Reference names the resource as a relative reference, with its version where
// it has one: "Observation/123/_history/1".
func (i ReleasedItem) Reference() string {
	if i.Version == "" {
		return i.Type + "/" + i.ID
	}
	return i.Type + "/" + i.ID + "/_history/" + i.Version
}

func (f *Filtered) withhold(code string) {
	if f.Withheld == nil {
		f.Withheld = map[string]int{}
	}
	f.Withheld[code]++
}

// cutters keeps what a cut needs between uses. Nothing of an answer stays
// readable in it: only places in a text that is gone, and ids, which are
// overwritten (see cutter.done).
var cutters = sync.Pool{New: func() any { return &cutter{judge: judge{text: make([]byte, 0, 256)}} }}

// Filter cuts what a source answered to what may be released. For a search the
// body must be a searchset, for a read one resource of the type and id that were
// asked for; anything else, and anything that is not strictly JSON, is
// ErrNotUnderstood. A plan with a mask that cannot be read is an error too.
// With ErrNotUnderstood, Causes says which element is why, if one is.
//
// Each entry is judged by itself: that it is understood, of a type that is
// released at all, the owner's in every one of its references, and labelled and
// classified within the plan. What is released is cut out of the source's own
// bytes. Of a search, or a history, it takes this one page of the source's, whole, and
// does not look for further ones (see Page). body is only read, and may be used again as soon as Filter returns.
func Filter(body []byte, req Request, owner Owner, plan Plan, links Links) (Filtered, error) {
	return filter(nil, body, req, owner, plan, links, false)
}

// FilterInto is Filter with a buffer for the answer: Body is appended to out,
// which must not overlap body. On an error nothing of out may be used. Of a large
// answer most is not copied: Spliced says which parts of body belong where, and body
// must stay as it is until they are read.
func FilterInto(out, body []byte, req Request, owner Owner, plan Plan, links Links) (Filtered, error) {
	return filter(out, body, req, owner, plan, links, true)
}

func filter(out, body []byte, req Request, owner Owner, plan Plan, links Links, inPieces bool) (Filtered, error) {
	switch req.Interaction {
	case Read, VRead:
	case Search, History:
		return wholePage(out, body, req, owner, plan, links, inPieces)
	default:
		return Filtered{}, fmt.Errorf("filtering an answer to %q: %w", req.Interaction, ErrNotUnderstood)
	}
	c := cutters.Get().(*cutter)
	defer c.done()
	c.inPieces = inPieces
	if err := c.prepare(owner, plan, links); err != nil {
		return Filtered{}, err
	}
	if !c.Read(body) {
		return Filtered{}, ErrNotUnderstood
	}
	return c.single(out, req)
}

// prepare takes in what an answer is held against.
func (c *cutter) prepare(owner Owner, plan Plan, links Links) error {
	c.owner, c.plan, c.public = owner, plan, links.Base
	c.source.Reset()
	c.source.Take(links.Source)
	for _, base := range links.Further {
		c.source.Take(base)
	}
	c.causes, c.lent, c.sealing = c.causes[:0], maps.Clone(owner.Lent.sets), links.Document
	if c.classes = plan.Classes; c.classes == nil {
		c.classes = noRules
	}
	c.taken, c.everyLabel = c.taken[:0], slices.Contains(plan.Labels, "*")
	var err error
	if c.masked, err = readMasks(plan.Masks); err != nil {
		return err
	}
	c.allowed = 0
	for _, category := range plan.Categories {
		if id, ok := c.classes.ids[category]; ok {
			c.allowed |= 1 << id
		}
	}
	c.keepBack(plan.Withheld)
	c.open = c.everyLabel && c.classes.couldBeAny()&^c.allowed == 0
	quoted := tree.AppendQuoted(c.base[:0], links.Base)
	c.base = append(quoted[:0], quoted[1:len(quoted)-1]...)
	return nil
}

// done lets go of all that belongs to one answer, and of the cutter when the answer made
// it large.
func (c *cutter) done() {
	large := len(c.Body) > wholeUpTo || cap(c.Nodes) > tree.KeptNodes
	clear(c.names[:cap(c.names)])
	clear(c.judge.text[:cap(c.judge.text)])
	clear(c.refs.text[:cap(c.refs.text)])
	clear(c.refs.texts[:cap(c.refs.texts)])
	c.Body, c.owner, c.plan, c.classes, c.public, c.lent = nil, Owner{}, Plan{}, nil, "", nil
	c.sealing, c.systems = nil, [mostHeard]heardSystem{}
	c.Forget()
	c.naming.reset()
	if cap(c.taken) > tree.KeptNodes {
		c.taken = nil
	}
	clear(c.causes[:cap(c.causes)])
	c.findings.reset()
	if !large {
		cutters.Put(c)
	}
}

// single cuts the answer to a read.
func (c *cutter) single(out []byte, req Request) (Filtered, error) {
	why := c.resource(0)
	if c.typ != nil && (c.typ.name != req.Type || req.ID != "" && c.id != 0 && req.ID != string(c.Raw(&c.Nodes[c.id]))) {
		return Filtered{}, ErrNotUnderstood // not what was asked for
	}
	if req.Interaction == VRead && (c.version == 0 || req.Version != string(c.Raw(&c.Nodes[c.version]))) {
		return Filtered{}, ErrNotUnderstood // another version, or it does not say which (R4 §3.1.0.3)
	}
	if why == released {
		why = c.byPlan(0)
	}
	e := entry{id: c.id, version: c.version, typ: c.typ, first: c.first, why: why}
	c.explain(&e, 0)
	c.entries, c.given, c.names = append(c.entries[:0], e), c.given[:0], c.names[:0]
	if why == released {
		c.given = append(c.given, 0)
	}
	c.hideAddresses()
	e = c.entries[0]
	f := Filtered{Causes: slices.Concat(c.causes, c.late)}
	switch why {
	case released:
	case notUnderstood, sourceOutcome:
		return f, ErrNotUnderstood
	default:
		f.withhold(c.codeOf(why))
		f.Unplaced = c.weak && c.typ.borrows() && (why == notClassified || why == categoryNotInPlan || why >= reasonCount)
		return f, nil
	}
	f.Body = c.appendShaped(c.begin(out, int(c.Nodes[0].End)), 0, c.typ.name, req.Shape, e.part)
	c.spliced(&f)
	f.Released = []ReleasedItem{c.named(&e)}
	c.shareNames(f.Released)
	return f, nil
}
