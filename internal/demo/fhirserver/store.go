package fhirserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// resource is one resource, rendered once, with all that a search asks of it.
type resource struct {
	kind, id string
	version  string
	updated  span
	json     []byte
	entry    []byte   // as a match of a searchset
	patients []string // local ids of the patients that it is about
	numbers  []code   // identifiers given with those references
	codes    map[string][]code
	dates    map[string][]span
	refs     map[string][]string
	order    int64 // by which it is sorted
}

// table holds the resources of one type, newest first.
type table struct {
	all       []*resource
	byID      map[string]*resource
	byPatient map[string][]*resource
}

// store is everything a Server holds. It never changes once loaded.
type store struct {
	tables   map[string]*table
	patients map[code][]string // identifier → local ids
}

func load(base string, resources [][]byte) (*store, error) {
	s := &store{tables: map[string]*table{}, patients: map[code][]string{}}
	for kind := range typeParams {
		s.tables[kind] = &table{byID: map[string]*resource{}, byPatient: map[string][]*resource{}}
	}
	for i, raw := range resources {
		r, err := index(base, raw)
		if err != nil {
			return nil, fmt.Errorf("loading resource %d: %w", i+1, err)
		}
		t := s.tables[r.kind]
		if _, twice := t.byID[r.id]; twice {
			return nil, fmt.Errorf("loading resource %d: %s/%s is there twice", i+1, r.kind, r.id)
		}
		t.byID[r.id] = r
		t.all = append(t.all, r)
		if r.kind == "Patient" {
			for _, c := range r.codes["identifier"] {
				s.patients[c] = append(s.patients[c], r.id)
			}
		}
	}
	for _, t := range s.tables {
		slices.SortFunc(t.all, newestFirst)
		for _, r := range t.all {
			for _, p := range r.patients {
				t.byPatient[p] = append(t.byPatient[p], r)
			}
		}
	}
	return s, nil
}

func newestFirst(a, b *resource) int {
	return cmp.Or(cmp.Compare(b.order, a.order), strings.Compare(a.id, b.id))
}

// index reads one resource and renders its searchset entry.
func index(base string, raw []byte) (*resource, error) {
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	r := &resource{
		kind: text(fields, "resourceType"), id: text(fields, "id"), json: raw,
		codes: map[string][]code{}, dates: map[string][]span{}, refs: map[string][]string{},
	}
	params, known := typeParams[r.kind]
	if !known || !idForm.MatchString(r.id) {
		return nil, fmt.Errorf("%q/%q: a resource needs a known type and an id", r.kind, r.id)
	}
	if meta, ok := fields["meta"].(map[string]any); ok {
		r.version = text(meta, "versionId")
		r.updated, _ = spanOf(meta["lastUpdated"])
	}
	r.entry = fmt.Appendf(nil, `{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}`, base, r.kind, r.id, raw)
	for _, p := range params {
		for _, path := range p.paths {
			for _, v := range walk(fields, path) {
				r.add(p, v)
			}
		}
	}
	if r.kind == "Patient" {
		r.patients = []string{r.id}
	}
	by := cmp.Or(sorting[r.kind], "date")
	if dates := r.dates[by]; len(dates) > 0 {
		r.order = dates[0].from
	}
	return r, nil
}

// add indexes one value of one parameter.
func (r *resource) add(p param, v any) {
	switch p.kind {
	case token:
		r.codes[p.name] = append(r.codes[p.name], codesOf(v)...)
	case date:
		if s, ok := spanOf(v); ok {
			r.dates[p.name] = append(r.dates[p.name], s)
		}
	case reference:
		fields, ok := v.(map[string]any)
		if !ok {
			return
		}
		ref := text(fields, "reference")
		r.refs[p.name] = append(r.refs[p.name], ref)
		if id, ok := strings.CutPrefix(ref, "Patient/"); ok && p.name == "patient" {
			r.patients = append(r.patients, id)
			if _, ok := fields["identifier"]; ok {
				r.numbers = append(r.numbers, codesOf(fields["identifier"])...)
			}
		}
	}
}
