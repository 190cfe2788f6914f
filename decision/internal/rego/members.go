package rego

// many is how many members a value has before a table of them pays: below that,
// comparing one after another is quicker.
const many = 16

// table says where the members of a set, the keys of an object, or the members of a
// fixed array are: an open hash table of places in the list, plus one.
type table struct {
	places []int32
	known  int // how many of the list are in it
}

func (t *table) forget() {
	if t != nil && t.known > 0 {
		clear(t.places)
		t.known = 0
	}
}

// At gives what is under a key or index, or nil. In a set it gives the member.
func (n *Node) At(key *Node) *Node {
	v, _ := n.find(key)
	return v
}

// find gives what is under a key or index, and where; nil when nothing is.
func (n *Node) find(key *Node) (*Node, int) {
	switch n.Kind {
	case Object:
		if i := n.place(n.Keys, key); i >= 0 {
			return n.Items[i], i
		}
	case Set:
		if i := n.place(n.Items, key); i >= 0 {
			return n.Items[i], i
		}
	case Array:
		if key.Kind != Number {
			return nil, 0
		}
		if i, ok := key.integer(); ok && i >= 0 && i < int64(len(n.Items)) {
			return n.Items[i], int(i)
		}
	}
	return nil, 0
}

// has says that a value is in an array, set, or among an object's values.
func (n *Node) has(v *Node) bool {
	if n.Kind == Set || n.Kind == Array && n.Fixed {
		return n.place(n.Items, v) >= 0
	}
	return search(n.Items, v) >= 0
}

// place gives where in the node's list a value is, or -1.
func (n *Node) place(list []*Node, v *Node) int {
	if len(list) < many {
		return search(list, v)
	}
	if !n.Fixed || n.table == nil {
		n.fill(list)
	}
	i, _ := n.table.look(list, v)
	return i
}

func search(list []*Node, v *Node) int {
	for i, item := range list {
		if equal(item, v) {
			return i
		}
	}
	return -1
}

// look gives where a value is, or -1, and the place in the table where it would be.
func (t *table) look(list []*Node, v *Node) (int, uint64) {
	mask := uint64(len(t.places) - 1)
	for at := v.hash() & mask; ; at = (at + 1) & mask {
		p := int(t.places[at]) - 1
		if p < 0 || equal(list[p], v) {
			return p, at
		}
	}
}

// fill takes into the table what the list has grown by.
func (n *Node) fill(list []*Node) {
	t := n.table
	if t == nil {
		t = &table{}
		n.table = t
	}
	if 2*len(list) > len(t.places) {
		size := 4 * many
		for size < 4*len(list) {
			size *= 2
		}
		t.places, t.known = make([]int32, size), 0
	}
	for ; t.known < len(list); t.known++ {
		if i, at := t.look(list, list[t.known]); i < 0 {
			t.places[at] = int32(t.known) + 1
		}
	}
}
