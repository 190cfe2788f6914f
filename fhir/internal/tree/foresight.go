package tree

// foresight guesses the next member's name from the one before: the entries of a
// searchset are much alike. A guess is only ever a short cut: it is compared
// with the text byte by byte.
type foresight struct {
	guesses [maxGuesses]guess
	// follow leads from a name to the one that came after it in its object last
	// time (at twice its index), and to the one that came first in the object
	// under it (at twice its index plus one). 0 is no guess.
	follow [2 * maxGuesses]uint16
	used   uint16
}

const maxGuesses = 512

// guess is a name that was read before, and what reading it found.
type guess struct {
	hash uint64
	at   uint32 // where it stands in the text
	len  uint8
	key  KeyID
}

func (n *foresight) reset() {
	n.used = 1
	n.follow[0], n.follow[1] = 0, 0
}

// put keeps what followed, in place of what was kept for it.
func (n *foresight) put(follow uint16, name guess) (at uint16) {
	if at = n.follow[follow]; at == 0 {
		if n.used == maxGuesses {
			return 0
		}
		at = n.used
		n.used++
		n.follow[follow] = at
		n.follow[2*at], n.follow[2*at+1] = 0, 0
	}
	n.guesses[at] = name
	return at
}

// is says that this name, with its closing quote, stands at i in the text.
func (g *guess) is(b []byte, i int) bool {
	n := int(g.len) + 1
	at := int(g.at)
	return i+n <= len(b) && string(b[i:i+n]) == string(b[at:at+n])
}
