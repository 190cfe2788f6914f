package fhirserver

import (
	"slices"
	"strings"
)

// matches gives all the resources that a query finds, in its order. It may be
// the store's own slice and must not be changed.
func (s *store) matches(q query) []*resource {
	t := s.tables[q.kind]
	found := t.all
	switch {
	case q.named && len(q.patients) == 1:
		found = t.byPatient[q.patients[0]]
	case q.named:
		found = nil
		for _, id := range q.patients {
			found = append(found, t.byPatient[id]...)
		}
		slices.SortFunc(found, newestFirst)
		found = slices.Compact(found)
	}
	if len(q.filters) > 0 || q.ids != nil {
		kept := make([]*resource, 0, len(found))
		for _, r := range found {
			if q.wants(r) {
				kept = append(kept, r)
			}
		}
		found = kept
	}
	if q.oldest {
		found = slices.Clone(found)
		slices.Reverse(found)
	}
	return found
}

func (q query) wants(r *resource) bool {
	if q.ids != nil && !slices.Contains(q.ids, r.id) {
		return false
	}
	for _, f := range q.filters {
		if f.matches(r) == f.not {
			return false
		}
	}
	return true
}

func (f filter) matches(r *resource) bool {
	switch f.kind {
	case token:
		have := r.codes[f.param]
		if f.byName {
			have = r.numbers
		}
		return slices.ContainsFunc(have, func(c code) bool {
			return slices.ContainsFunc(f.codes, func(w wanted) bool { return w.matches(c) })
		})
	case date:
		have := r.dates[f.param]
		if f.param == "_lastUpdated" {
			have = []span{r.updated}
		}
		return slices.ContainsFunc(have, func(s span) bool {
			return slices.ContainsFunc(f.dates, func(w wantedDate) bool { return s.matches(w.prefix, w.span) })
		})
	case reference:
		return slices.ContainsFunc(r.refs[f.param], func(ref string) bool {
			return slices.ContainsFunc(f.refs, func(asked string) bool {
				return ref == asked || strings.HasSuffix(ref, "/"+asked)
			})
		})
	}
	return false
}

// included gives the resources that a page's matches refer to, each once, and
// none that the page itself holds.
func (s *store) included(q query, page []*resource) []*resource {
	if len(q.includes) == 0 {
		return nil
	}
	var out []*resource
	seen := map[*resource]bool{}
	for _, r := range page {
		seen[r] = true
	}
	for _, r := range page {
		for _, name := range q.includes {
			for _, ref := range r.refs[name] {
				kind, id, _ := strings.Cut(ref, "/")
				t, ok := s.tables[kind]
				if !ok {
					continue
				}
				if target := t.byID[id]; target != nil && !seen[target] {
					seen[target] = true
					out = append(out, target)
				}
			}
		}
	}
	return out
}
