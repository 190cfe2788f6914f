package fhir

import (
	"slices"
	"strconv"
	"strings"
)

// query gathers the parameters of one request, from its address and, for a POST
// _search, from its body: the union is judged (attack 63).
type query struct {
	limits  Limits
	offer   *offer   // nil for capabilities and for a create
	own     []string // the broker's own absolute addresses
	place   place
	search  bool
	history bool // of one item: pages, and nothing else

	count   int // parameters seen, duplicates included
	patient PatientRef
	params  []Param
	page    string
	paged   bool
	shape   Shape
	whole   bool // _summary=false
	format  bool // _format asked for JSON, which Accept then need not
}

// add reads the pairs of one query or form.
func (q *query) add(raw string) *Refusal {
	if raw == "" {
		return nil
	}
	if q.params == nil && q.search {
		q.params = make([]Param, 0, min(strings.Count(raw, "&"), q.limits.Params)+2)
	}
	for more := true; more; {
		var pair string
		pair, raw, more = strings.Cut(raw, "&")
		// ";" between pairs is one parameter to some servers and two to others. In
		// _format it stands before the parameters of a media type, and no source sees it.
		name, value, ok := strings.Cut(pair, "=")
		if !ok || strings.IndexByte(pair, ';') >= 0 && name != "_format" {
			return refuse(ParameterNotUnderstood)
		}
		if name, ok = unescape(name); !ok || !isParamName(name) {
			return refuse(ParameterNotUnderstood)
		}
		if q.count++; q.count > q.limits.Params {
			return refuse(QueryTooLong)
		}
		limit := q.limits.Value
		if name == "_page" {
			limit = q.limits.PageToken
		}
		if len(value) > 3*limit {
			return refuse(QueryTooLong)
		}
		if value, ok = unescape(value); !ok {
			return refuse(ParameterNotUnderstood)
		}
		if len(value) > limit {
			return refuse(QueryTooLong)
		}
		if refusal := q.take(name, value); refusal != nil {
			return refusal.about(q.offer, name)
		}
	}
	return nil
}

// isParamName says that a text could name a parameter. The rest is not read further.
func isParamName(s string) bool {
	return s != "" && len(s) <= 128 && consistsOf(s, nameByte)
}

// take judges one decoded parameter.
func (q *query) take(name, value string) *Refusal {
	if handled, refusal := q.takeForm(name, value); handled {
		return refusal
	}
	if q.place == placeEverything {
		return q.takeEverything(name, value)
	}
	if q.offer != nil && (q.search || q.place == placeInstance || q.place == placeVersion) {
		if handled, refusal := q.takeShape(name, value); handled {
			return refusal
		}
	}
	if q.search || q.history {
		if handled, refusal := q.takePage(name, value); handled {
			return refusal
		}
	}
	if !q.search {
		return refuse(whyNotOffered(name))
	}
	if handled, refusal := q.takePatient(name, value); handled {
		return refusal
	}
	switch name {
	case "_total":
		if value != "none" {
			return refuse(PartialNotOffered)
		}
		return nil
	case "_sort":
		return q.takeSort(value)
	case "_include":
		include, ok := q.offer.include(value)
		if !ok {
			return refuse(IncludeNotOffered)
		}
		return q.keep("_include", include, len(q.offer.includes))
	case "_revinclude":
		if value != revinclude {
			return refuse(IncludeNotOffered)
		}
		return q.keep("_revinclude", revinclude, 1)
	}
	return q.takeNarrowing(name, value)
}

// takePage judges what says how much comes at once.
func (q *query) takePage(name, value string) (handled bool, _ *Refusal) {
	switch name {
	case "_count":
		if value == "0" && q.search {
			return true, q.keep("_count", "0", 1)
		}
		n, ok := positive(value)
		if !ok {
			return true, refuse(ParameterNotUnderstood)
		}
		return true, q.keep("_count", strconv.Itoa(min(n, q.limits.MaxPage)), 1)
	case "_page":
		if q.paged || !isPageToken(value) {
			return true, refuse(ParameterNotUnderstood)
		}
		q.page, q.paged = value, true
		return true, nil
	}
	return false, nil
}

// takeNarrowing judges a parameter that asks for a part of the record.
func (q *query) takeNarrowing(name, value string) *Refusal {
	const mostNegations = 4
	kind, ok := q.offer.kindOf(name)
	switch {
	case !ok && q.offer.negated(name):
		// One choice only: what "not this or that" means depends on the server.
		if !isToken(value, false) {
			return refuse(ParameterNotUnderstood)
		}
		return q.keep(name, value, mostNegations)
	case !ok:
		return refuse(whyNotOffered(name))
	// A category is asked for exactly, since rules speak of categories (attack 121).
	case kind == ofToken && isTokens(value, q.limits.Choices, name != "category"):
		return q.keep(name, value, 1)
	case kind == ofDate && isDate(value):
		return q.keep(name, value, 2)
	case kind == ofIDs && isIDs(value, q.limits.Choices):
		return q.keep(name, value, 1)
	case kind == ofReference:
		if id, ok := localID(value, "Encounter", q.own); ok {
			return q.keep(name, "Encounter/"+id, 1)
		}
	}
	return refuse(ParameterNotUnderstood)
}

// keep adds a parameter. One that is given twice is an AND to FHIR, while other
// servers take the first or the last: only equal values are one parameter, and
// only dates and includes may differ (attack 35).
func (q *query) keep(name, value string, most int) *Refusal {
	same := 0
	for i := range q.params {
		if q.params[i].Name != name {
			continue
		}
		if q.params[i].Value == value {
			return nil
		}
		same++
	}
	if same >= most {
		return refuse(ParameterRepeated)
	}
	q.params = append(q.params, Param{Name: name, Value: value})
	return nil
}

// isPageToken says that a text could be a token that the broker sealed: base64url.
func isPageToken(s string) bool {
	return s != "" && consistsOf(s, tokenByte)
}

// finish puts the parameters in order and sees that the patient is named.
func (q *query) finish() *Refusal {
	if q.paged {
		// The sealed token holds the whole search; anything beside it could
		// change what was decided on (attack 103).
		if len(q.params) > 0 || !q.patient.IsZero() || q.count > 1 {
			return refuse(ParameterNotOffered).about(q.offer, "_page")
		}
		q.params = nil
		return nil
	}
	if q.patient.IsZero() && q.search {
		return refuse(PatientNotNamed) // attack 34; its remedy says how
	}
	if !slices.ContainsFunc(q.params, func(p Param) bool { return p.Name == "_count" }) {
		q.params = append(q.params, Param{Name: "_count", Value: strconv.Itoa(q.limits.DefaultPage)})
	}
	if q.shape.Summary == "text" && slices.ContainsFunc(q.params, func(p Param) bool { return p.Name == "_include" || p.Name == "_revinclude" }) {
		return refuse(ParameterNotOffered).about(q.offer, "_summary") // R4 §3.1.1.5.8
	}
	sortParams(q.params)
	return nil
}

func sortParams(all []Param) {
	slices.SortFunc(all, func(a, b Param) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
}
