package fhir

import "slices"

// Page is one page of a search, or of the history of one item, as the client gets it.
//
// What a source gives at once is not what a client may see at once: where something is
// withheld there would be a hole, or a page of nothing, and page by page the holes would
// count and date what is not shown (attack 147). So a page is filled: it takes one of the
// source's pages after another until it has as many matches as were asked for and has seen
// one more, which is left for the page that follows. A withheld item leaves no place empty.
//
// A Page is used by one goroutine. Close must be called at the end.
type Page struct {
	req   Request
	owner Owner
	plan  Plan
	links Links
	most  int
	at    Position
	room  []byte // the answer is appended to it

	taken            int  // the source's pages
	beginning        bool // the page taken last is the search's first
	left             int  // the entry, of the source's page taken last, where the next page begins; -1 for none
	matches, company []piece
	kept             [][]byte // what the pieces lie in
	cut              Filtered
	said             [6]Note
	written, alone   bool
	inPieces         bool // a large answer may stay in pieces
	next             string
	odd              bool
}

// Position is where a page begins: behind the items that were passed, of the search's first
// page at the source, which is asked for anew each time, and of the one that comes. They are
// known again by name, since a source may put items of one date in another order when it is
// asked again. Told is what the whole search has to tell that was met with before. All this
// is for nobody but the broker.
type Position struct {
	First Passed `json:"f"`
	Here  Passed `json:"h"`
	Skip  int    `json:"k"` // entries of the page that comes, where it has more than are remembered
	Told  Told   `json:"o"`
}

// piece is an entry as it is going to stand in the answer.
type piece struct {
	text []byte
	item ReleasedItem
	by   sorted
}

// whatever is for a page that holds whatever there is.
const whatever = int(^uint(0) >> 1)

// NewPage begins a page of at most most matches, which is appended to out. What at has
// passed is left out. beginning: the first that is taken is the search's first page.
func NewPage(out []byte, req Request, owner Owner, plan Plan, links Links, most int, at Position, beginning bool) *Page {
	return &Page{req: req, owner: owner, plan: plan, links: links, most: most, at: at, room: out, left: -1, beginning: beginning, inPieces: true}
}

// wholePage is a Page of all that one page of the source's has.
func wholePage(out, body []byte, req Request, owner Owner, plan Plan, links Links, inPieces bool) (Filtered, error) {
	p := Page{req: req, owner: owner, plan: plan, links: links, most: whatever, room: out, left: -1, alone: true, inPieces: inPieces}
	err := p.Take(body)
	return p.cut, err
}

// Take takes what may be shown of the source's next page. After an error nothing of that
// page is in the answer; what was taken before still is.
func (p *Page) Take(body []byte) error {
	c := cutters.Get().(*cutter)
	defer c.done()
	c.inPieces = p.inPieces
	if err := c.prepare(p.owner, p.plan, p.links); err != nil {
		return err
	}
	if !c.Read(body) {
		return ErrNotUnderstood
	}
	list, company, err := c.judgeAll(p.req)
	if err != nil {
		return err
	}
	if p.taken++; p.taken > 1 { // what was passed on the page before is behind
		p.at.Here, p.at.Skip, p.beginning = nil, 0, false
	}
	fresh := len(p.at.Here) == 0 && p.at.Skip == 0 && (!p.beginning || len(p.at.First) == 0)
	c.pass(p.req, p.at)
	p.next, p.odd = c.nextPage(list)
	p.left = c.give(p.most - len(p.matches))
	if company || c.unclearCompany() {
		c.accompany(p.req, fresh && p.left < 0)
	}
	c.restore(p.req)
	c.hideAddresses()
	if p.left >= 0 || p.beginning && !p.alone {
		p.remember(c)
	}
	p.at.Told |= c.toTell()
	if p.alone || p.taken == 1 && p.left < 0 && p.next == "" && !p.odd { // there is no more: as it comes
		c.orderGiven(p.req)
		p.write(c, fresh)
		return nil
	}
	p.keep(c, fresh)
	return nil
}

// judgeAll judges what a source answered to a search, or to the question for a history.
func (c *cutter) judgeAll(req Request) (links uint32, company bool, err error) {
	kind := "searchset"
	if req.Interaction == History {
		kind = "history"
	}
	entries, links, ok := c.bundle(kind)
	if !ok {
		return 0, false, ErrNotUnderstood
	}
	if req.Interaction == History {
		c.judgeVersions(entries, req)
		return links, false, nil
	}
	return links, c.judgeEntries(entries, req.Type), nil
}

// Left says where, in the source's page taken last, the page that follows begins: when this
// one is full, and something is left that may be shown.
func (p *Page) Left() (Position, bool) {
	return p.at, p.left >= 0
}

// Next is the address of the source's page after the one taken last, as the source wrote
// it, "" when there is none. odd: there is one, and which it is cannot be told.
func (p *Page) Next() (link string, odd bool) { return p.next, p.odd }

// InPieces reports whether the page is written already, and lies in part in what was taken
// last: see Filtered.Spliced.
func (p *Page) InPieces() bool { return p.cut.Spliced != nil }

// Kept is how many bytes are held of what was taken, until Close.
func (p *Page) Kept() (n int64) {
	for _, kept := range p.kept {
		n += int64(cap(kept))
	}
	return n
}

// Done gives the page. next is the broker's own address of the page that follows, "" when
// this is the last one. lacking: some of the source's pages could not be had.
func (p *Page) Done(next string, lacking bool) Filtered {
	if p.written {
		return p.cut
	}
	self := p.self()
	if p.req.Shape.Within != nil {
		inOrder(p.matches, p.req.Shape.Within, func(m *piece) *sorted { return &m.by })
	}
	p.company = p.companions()
	notes := p.notes(next != "", lacking, len(p.matches) > 0)
	out := slices.Grow(p.room, p.size(self, next, notes))
	out = appendBundle(out, p.kind(), self, next)
	p.cut.Released = make([]ReleasedItem, 0, len(p.matches)+len(p.company))
	sep := `,"entry":[`
	for _, all := range [][]piece{p.matches, p.company} {
		for i := range all {
			out = append(append(out, sep...), all[i].text...)
			sep = ","
			p.cut.Released = append(p.cut.Released, all[i].item)
		}
	}
	p.cut.Body = p.finish(out, sep, notes)
	p.written = true
	return p.cut
}

// Close wipes what was kept of the source's pages.
func (p *Page) Close() {
	for _, kept := range p.kept {
		clear(kept)
	}
	p.kept = nil
}

// companions are what came along, in an order of their own and each once: the order in
// which a source gives them, and on which page, would tell of what is not shown.
func (p *Page) companions() []piece {
	byName := func(a, b piece) int { return compareItems(a.item, b.item) }
	slices.SortStableFunc(p.company, byName)
	company := slices.CompactFunc(p.company, func(a, b piece) bool { return byName(a, b) == 0 })
	if len(company) == 0 {
		return nil
	}
	shown := make(map[string]bool, len(p.matches))
	for i := range p.matches {
		shown[p.matches[i].item.Type+"/"+p.matches[i].item.ID] = true
	}
	return slices.DeleteFunc(company, func(c piece) bool { return shown[c.item.Type+"/"+c.item.ID] })
}
