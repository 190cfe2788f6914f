package population

// history is when something was told: in the feed in which it came up, and again in each
// later one in which it had changed.
type history struct {
	born   int
	change uint64 // a byte for each generation
}

// rates are shares of 256.
type rates struct {
	later   int // come up in a later feed
	changes int // of those that are there change from one feed to the next
}

func (r rates) history(bits uint64) history {
	h := history{change: mix(bits)}
	if int(bits&0xff) < r.later {
		h.born = 1 + int(bits>>8&0xff)*(Generations-1)>>8
	}
	return h
}

// told says how a thing stands in a generation: how often it has changed, at most so often,
// when it did last, and whether that feed tells of it. There is none before it came up.
func (h history) told(r rates, generation, most int) (version, since int, there, now bool) {
	if generation < h.born {
		return 0, 0, false, false
	}
	since = h.born
	for g := h.born + 1; g <= generation && version < most; g++ {
		if int(h.change>>(8*g)&0xff) < r.changes {
			version++
			since = g
		}
	}
	return version, since, true, since == generation
}
