package fhir

import (
	"io"
	"net/http"
	"strings"
)

// ParseRequest turns an HTTP request into its one canonical form, or a refusal,
// within DefaultLimits. base is the public path under which the source is
// offered, such as "/gp-north/fhir"; the request's path must lie under it. own are
// the absolute addresses under which clients know it, if any.
//
// It judges the method, the escaped path, the query and, for a POST _search, the
// form in the body, which it reads; the body of a Create is left for
// ParseConsent. Host, scheme and everything else in the address mean nothing.
//
// With a refusal the Request holds the resource type, when that was understood,
// for the record, and nothing else.
func ParseRequest(r *http.Request, base string, own ...string) (Request, *Refusal) {
	return DefaultLimits.ParseRequest(r, base, own...)
}

// ParseRequest is the function of that name with other limits.
func (l Limits) ParseRequest(r *http.Request, base string, own ...string) (Request, *Refusal) {
	addr, refusal := parsePath(r.URL.EscapedPath(), base, l.Path)
	if refusal == nil && addr.typ == binaryType && addr.place == placeType {
		return l.parseDocument(r, addr)
	}
	if refusal == nil {
		refusal = judgeMethod(r, addr)
	}
	o := offersByType[addr.typ]
	if addr.isCreate(r.Method) {
		o = nil
	} else if refusal == nil && o == nil && addr.typ != "" {
		refusal = refuse(TypeNotOffered)
	}
	var req Request
	if refusal == nil {
		req, refusal = l.parse(r, addr, o, own)
	}
	if refusal != nil {
		switch {
		case o != nil:
			return Request{Type: o.typ}, refusal
		case addr.typ == consentType:
			return Request{Type: consentType}, refusal
		}
		return Request{}, refusal
	}
	return req, nil
}

// judgeMethod says which methods a place takes. The broker is read-only, whatever
// header or parameter says that a method means another (attacks 26, 27).
func judgeMethod(r *http.Request, addr address) *Refusal {
	for _, name := range [...]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if _, there := r.Header[name]; there {
			return refuse(MethodOverride)
		}
	}
	allow := "GET, HEAD"
	switch {
	case addr.place == placeForm:
		allow = http.MethodPost
	case addr.isCreate(http.MethodPost), addr.place == placeSystem, addr.place == placeEverything:
		allow = "GET, HEAD, POST"
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if allow == http.MethodPost {
			return notAllowed(MethodNotOffered, allow)
		}
	case http.MethodPost:
		if addr.place != placeForm && addr.place != placeSystem && addr.place != placeEverything && !addr.isCreate(r.Method) {
			return notAllowed(ReadOnly, allow)
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		return notAllowed(ReadOnly, allow)
	default:
		return notAllowed(MethodNotOffered, allow)
	}
	return nil
}

// parse reads what is asked at a place that is offered.
func (l Limits) parse(r *http.Request, addr address, o *offer, own []string) (Request, *Refusal) {
	if len(r.URL.RawQuery) > l.Query {
		return Request{}, refuse(QueryTooLong)
	}
	if refusal := judgeBody(r, addr); refusal != nil {
		return Request{}, refusal
	}
	q := query{limits: l, offer: o, own: own, place: addr.place}
	q.search = addr.place == placeCompartment || addr.place == placeForm || addr.place == placeType && !addr.isCreate(r.Method)
	q.history = addr.place == placeHistory
	if o != nil && o.directory && (addr.place == placeVersion || q.history) {
		return Request{}, refuse(InteractionNotOffered) // a record refers to the entry as it is
	}
	if q.search && o.directory {
		return Request{}, &Refusal{Status: statuses[InteractionNotOffered], Code: InteractionNotOffered, Instead: insteadOfDirectorySearch}
	}
	if addr.place == placeCompartment {
		if addr.typ == "Patient" {
			return Request{}, refuse(CompartmentNotOffered)
		}
		q.patient.LocalID = addr.id
	}
	refusal := q.add(r.URL.RawQuery)
	batch := addr.place == placeSystem && r.Method == http.MethodPost
	if addr.place == placeSystem && !batch && (refusal == nil || refusal.Code == ParameterNotOffered) {
		refusal = refuse(InteractionNotOffered) // a search over all types, whatever its parameters
	}
	if refusal == nil && addr.place == placeForm {
		refusal = l.addForm(r, &q)
	}
	if refusal == nil && addr.place == placeEverything {
		refusal = judgeNoParameters(r)
	}
	if refusal == nil && (q.search || q.history || addr.place == placeEverything) {
		refusal = q.finish()
	}
	if refusal == nil && !q.format && !acceptsJSON(r.Header["Accept"]) {
		refusal = refuse(FormatNotOffered)
	}
	if refusal != nil {
		return Request{}, refusal
	}
	switch {
	case addr.place == placeMetadata:
		return Request{Interaction: Capabilities}, nil
	case addr.place == placeSmart:
		return Request{Interaction: SmartConfiguration}, nil
	case addr.isCreate(r.Method):
		return Request{Interaction: Create, Type: consentType}, nil
	case batch:
		return Request{Interaction: Batch}, nil
	case addr.place == placeEverything:
		return Request{Interaction: Everything, Type: o.typ, ID: addr.id, Patient: PatientRef{LocalID: addr.id}, Params: q.params}, nil
	case addr.place == placeInstance, addr.place == placeVersion, q.history:
		req := Request{Interaction: Read, Type: o.typ, ID: addr.id, Version: addr.vid, Params: q.params, Page: q.page, Shape: q.shape}
		switch addr.place {
		case placeVersion:
			req.Interaction = VRead
		case placeHistory:
			req.Interaction = History
		}
		if o.typ == "Patient" {
			req.Patient.LocalID = addr.id
		}
		return req, nil
	}
	return Request{Interaction: Search, Type: o.typ, Patient: q.patient, Params: q.params, Page: q.page, Shape: q.shape}, nil
}

// judgeBody sees that a body comes where one is expected, and is what its place
// takes. The address alone says what that is (attack 141).
func judgeBody(r *http.Request, addr address) *Refusal {
	if r.Method != http.MethodPost {
		if hasBody(r) {
			return refuse(BodyNotExpected)
		}
		return nil
	}
	if len(r.Header["Content-Encoding"]) > 0 {
		return refuse(ContentTypeNotAccepted)
	}
	if addr.place == placeEverything { // see judgeNoParameters
		return nil
	}
	types := r.Header["Content-Type"]
	if len(types) != 1 {
		return refuse(ContentTypeNotAccepted)
	}
	if addr.place == placeForm && !isMediaType(types[0], "application/x-www-form-urlencoded") ||
		addr.place != placeForm && !isMediaType(types[0], "application/fhir+json", "application/json") {
		return refuse(ContentTypeNotAccepted)
	}
	return nil
}

// hasBody says that a GET or HEAD brings a body (attack 30). HTTP/3 cannot know
// without reading, and says -1 for every request that declares no length.
func hasBody(r *http.Request) bool {
	if r.ContentLength == 0 && len(r.TransferEncoding) == 0 {
		return false
	}
	if r.ContentLength < 0 && len(r.TransferEncoding) == 0 && r.ProtoMajor >= 3 && r.Body != nil {
		var one [1]byte
		n, err := io.ReadFull(r.Body, one[:])
		return n > 0 || err != io.EOF
	}
	return true
}

// addForm reads the body of a POST _search and adds its parameters.
func (l Limits) addForm(r *http.Request, q *query) *Refusal {
	if r.ContentLength > int64(l.Form) {
		return refuse(BodyTooLarge)
	}
	if q.paged { // a page is fetched by its address
		return refuse(ParameterNotOffered)
	}
	if r.Body == nil {
		return nil
	}
	var form strings.Builder
	if r.ContentLength > 0 {
		form.Grow(int(r.ContentLength))
	}
	n, err := io.Copy(&form, io.LimitReader(r.Body, int64(l.Form)+1))
	if err != nil {
		return refuse(BodyNotUnderstood)
	}
	if n > int64(l.Form) {
		return refuse(BodyTooLarge)
	}
	if refusal := q.add(form.String()); refusal != nil {
		return refusal
	}
	if q.paged { // a page is fetched by its address
		return refuse(ParameterNotOffered)
	}
	return nil
}
