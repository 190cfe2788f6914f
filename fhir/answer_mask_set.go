package fhir

import (
	"slices"
	"sync"
)

// maskSet is the masks of a plan, read once and used by every answer: plans take
// their masks from fixed lists.
type maskSet struct {
	texts []string
	masks []mask
	deep  depths
	kinds *kinds // nil without a mask of every element
}

var noMasks = &maskSet{}

// maskSets remembers the sets that were read last.
var maskSets struct {
	sync.RWMutex
	sets []*maskSet
}

// mostMaskSets is more than policies have: one for protected patients, one for the
// directory, and both.
const mostMaskSets = 16

// readMasks gives the set of a plan's masks.
func readMasks(texts []string) (*maskSet, error) {
	if len(texts) == 0 {
		return noMasks, nil
	}
	maskSets.RLock()
	for _, s := range maskSets.sets {
		if slices.Equal(s.texts, texts) {
			maskSets.RUnlock()
			return s, nil
		}
	}
	maskSets.RUnlock()
	s := &maskSet{texts: slices.Clone(texts)}
	every, kept := false, map[string]bool{}
	for _, text := range texts {
		m, err := parseMask(text)
		switch {
		case err != nil:
			return nil, err
		case m.kept != "":
			kept[m.kept] = true
			continue
		case m.every():
			every = true
		default:
			s.deep.add(m)
		}
		s.masks = append(s.masks, m)
	}
	if every {
		s.kinds = newKinds(kept)
	}
	maskSets.Lock()
	defer maskSets.Unlock()
	if len(maskSets.sets) == mostMaskSets {
		maskSets.sets = slices.Delete(maskSets.sets, 0, 1)
	}
	maskSets.sets = append(maskSets.sets, s)
	return s, nil
}
