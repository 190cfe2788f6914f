package hosts

// screen tells whether any of many names may stand in a text, by one look through it (Wu and
// Manber, A fast algorithm for multi-pattern searching, 1994): an address of numbers has some
// twenty spellings, and to look for each by itself takes longer than all else that is done with
// an answer.
type screen struct {
	knows int         // how many of the homes, the first ones
	least int         // the length of the shortest name
	skip  [4096]uint8 // by two signs: how far before the end of any name they stand
}

// pair is where two signs stand in skip.
func pair(a, b byte) int { return int(a&0x3f)<<6 | int(b&0x3f) }

// learn makes ready to find these, in any case.
func (s *screen) learn(all []home) {
	s.knows, s.least = len(all), 1<<7
	for i := range all {
		s.least = min(s.least, len(all[i].host))
	}
	for i := range s.skip {
		s.skip[i] = uint8(max(s.least-1, 1))
	}
	if s.least < 2 {
		return
	}
	for i := range all {
		last := all[i].host[len(all[i].host)-s.least:]
		for at := 1; at < len(last); at++ {
			before := uint8(len(last) - 1 - at)
			for _, a := range [...]byte{last[at-1], upper(last[at-1])} {
				for _, b := range [...]byte{last[at], upper(last[at])} {
					s.skip[pair(a, b)] = min(s.skip[pair(a, b)], before)
				}
			}
		}
	}
}

// within reports whether one of all stands in a text, in any case.
func (s *screen) within(all []home, text []byte) bool {
	if s.knows < len(all) {
		s.learn(all)
	}
	if s.least < 2 { // of no two signs
		for i := range all {
			if all[i].find(text, 0) >= 0 {
				return true
			}
		}
		return false
	}
	// Two looks at a time, for the names that end in each half: one look alone waits for its last step.
	half := len(text) / 2
	first, second := s.least, max(s.least, half+1)
	for first <= half && second <= len(text) {
		one, two := s.skip[pair(text[first-2], text[first-1])], s.skip[pair(text[second-2], text[second-1])]
		if one == 0 {
			if ends(all, text[:first]) {
				return true
			}
			one = 1
		}
		if two == 0 {
			if ends(all, text[:second]) {
				return true
			}
			two = 1
		}
		first += int(one)
		second += int(two)
	}
	return s.search(all, text[:half], first) || s.search(all, text, second)
}

// search is the look from an end on.
func (s *screen) search(all []home, text []byte, end int) bool {
	for end <= len(text) {
		skip := s.skip[pair(text[end-2], text[end-1])]
		if skip == 0 {
			if ends(all, text[:end]) {
				return true
			}
			skip = 1
		}
		end += int(skip)
	}
	return false
}

// ends reports whether a text ends with one of the names, in any case.
func ends(all []home, text []byte) bool {
	for i := range all {
		if n := len(all[i].host); n <= len(text) && foldsTo(text[len(text)-n:], all[i].host) {
			return true
		}
	}
	return false
}
