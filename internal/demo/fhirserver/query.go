package fhirserver

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPage = 50
	maxPage     = 200
)

// query is one search, read from its parameters.
type query struct {
	kind     string
	patients []string // local ids; nil when the search names no patient
	named    bool     // the search names a patient, or patients
	ids      []string
	filters  []filter
	includes []string // parameter names
	oldest   bool     // sorted oldest first
	count    int
	summary  bool // only the total is asked for
	used     url.Values
}

// filter is one condition; all conditions must hold, any one of its values will do.
type filter struct {
	param  string
	kind   kind
	codes  []wanted
	dates  []wantedDate
	refs   []string
	not    bool
	byName bool // compare the identifier of the patient reference
}

type wanted struct {
	code
	anySystem, anyCode bool
}

type wantedDate struct {
	prefix string
	span
}

// badParam is a search that cannot be understood; the text never repeats a value.
type badParam struct{ name, why string }

func (e badParam) Error() string { return fmt.Sprintf("search parameter %s: %s", e.name, e.why) }

// parseQuery reads a search. strict refuses what a lenient server ignores.
func (s *Server) parseQuery(kind string, values url.Values, strict bool) (query, error) {
	q := query{kind: kind, count: s.pageSize, used: url.Values{}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			known, err := s.parseParam(&q, name, value)
			if err != nil {
				return query{}, err
			}
			if known {
				q.used.Add(name, value)
			} else if strict {
				return query{}, badParam{strconv.Quote(name), "not supported"}
			}
		}
	}
	return q, nil
}

func (s *Server) parseParam(q *query, name, value string) (known bool, err error) {
	switch name {
	case "_id":
		q.ids = append(q.ids, strings.Split(value, ",")...)
		return true, nil
	case "_count":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return true, badParam{name, "give a number"}
		}
		q.count, q.summary = min(n, maxPage), q.summary || n == 0
		return true, nil
	case "_summary":
		q.summary = q.summary || value == "count"
		return value == "count" || value == "false", nil
	case "_format", "_total":
		return true, nil
	case "_revinclude": // nobody has said who made what is here
		return value == "Provenance:target", nil
	case "_sort":
		return parseSort(q, value)
	case "_include":
		return parseInclude(q, value)
	case "_lastUpdated":
		f, err := dateFilter(name, value)
		q.filters = append(q.filters, f)
		return true, err
	}
	return s.parseOwn(q, name, value)
}

func parseSort(q *query, value string) (bool, error) {
	by := sorting[q.kind]
	switch strings.TrimPrefix(value, "-") {
	case "date", "_lastUpdated", by:
		q.oldest = !strings.HasPrefix(value, "-")
		return true, nil
	}
	return false, nil
}

func parseInclude(q *query, value string) (bool, error) {
	kind, name, ok := strings.Cut(value, ":")
	name, _, _ = strings.Cut(name, ":") // the target type may follow
	p, found := lookup(q.kind, name)
	if !ok || kind != q.kind || !found || p.kind != reference {
		return false, nil
	}
	q.includes = append(q.includes, name)
	return true, nil
}

// parseOwn reads a parameter of the type itself, with its modifier or chain.
func (s *Server) parseOwn(q *query, name, value string) (bool, error) {
	base, modifier, _ := strings.Cut(name, ":")
	base, chain, chained := strings.Cut(base, ".")
	if base == "patient" || base == "subject" {
		if _, ok := lookup(q.kind, base); ok {
			return s.parsePatient(q, name, modifier, chain, value)
		}
		return false, nil
	}
	p, ok := lookup(q.kind, base)
	if !ok || chained {
		return false, nil
	}
	if modifier != "" && (modifier != "not" || p.kind != token) {
		return true, badParam{strconv.Quote(name), "modifier not supported"}
	}
	f := filter{param: base, kind: p.kind, not: modifier == "not"}
	switch p.kind {
	case token:
		f.codes = parseWanted(value)
	case date:
		d, err := dateFilter(base, value)
		if err != nil {
			return true, err
		}
		f = d
	case reference:
		f.refs = strings.Split(value, ",")
	}
	if q.kind == "Patient" && base == "identifier" && !f.not {
		q.name(s.identified(f.codes))
		return true, nil
	}
	q.filters = append(q.filters, f)
	return true, nil
}
