package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/upstreams"
)

// Limits bound what is asked of a source.
type Limits struct {
	Count   int // entries a page, as the source is asked for. Default 100
	Pages   int // pages of one type. Default 50
	Entries int // entries in all, which are kept in memory. Default 20000
}

// Asker asks a source for one patient's entries, as the broker would: a search of
// each type, by GET alone.
type Asker struct {
	source upstreams.Source
	links  upstreams.Links
	header http.Header
	limits Limits
	client *http.Client
}

// NewAsker makes an asker. header goes with each request, and holds what the source
// wants to be told of who asks. transport may be nil.
func NewAsker(source upstreams.Source, header http.Header, limits Limits, transport http.RoundTripper) (*Asker, error) {
	if err := upstreams.CheckBase(source.BaseURL); err != nil {
		return nil, fmt.Errorf("the source's address: %w", err)
	}
	links, err := source.Links()
	if err != nil {
		return nil, fmt.Errorf("the source's address: %w", err)
	}
	if len(header) > 0 && links[0].Scheme != "https" && !isHere(links[0].Hostname()) {
		return nil, errors.New("the source's address is http: a token would go in clear to another machine; use https")
	}
	for value, standard := range map[*int]int{&limits.Count: 100, &limits.Pages: 50, &limits.Entries: 20000} {
		if *value <= 0 {
			*value = standard
		}
	}
	return &Asker{source: source, links: links, header: header, limits: limits, client: &http.Client{
		Transport: transport, Timeout: source.Timeout,
		// A token must not go where the source points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// isHere reports whether a host is this machine.
func isHere(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

// Answered is what a source answered.
type Answered struct {
	Patient fhir.Found // as the source's own Patient says
	Entries []Entry
	// NotOffered are the types that the source does not offer: it answered 400, 404,
	// 405, 422 or 501.
	NotOffered []string
	// Cut are the types of which the limits left something out.
	Cut []string
	// LinkBases are further bases under which the source writes its next links, and which
	// its link_bases lacks: a broker could not follow them.
	LinkBases []string
	// Failed says of each type that could not be read why.
	Failed []error
}

// All are the entries, for Judge.
func (a *Answered) All() Entries {
	return func(yield func(Entry, error) bool) {
		for _, e := range a.Entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Ask reads the Patient and all that is theirs. It fails when the Patient cannot be
// read; what becomes of each type after that stands in Answered.
func (a *Asker) Ask(ctx context.Context, patient string) (*Answered, error) {
	body, err := a.get(ctx, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: patient}.Target(""))
	if err != nil {
		return nil, fmt.Errorf("asking for Patient/%s: %w", plain(patient), err)
	}
	got := &Answered{Entries: []Entry{{Resource: body, Place: "the Patient"}}}
	if got.Patient, err = fhir.PatientOf(body); err != nil || got.Patient.Type != "Patient" || len(got.Patient.Others) > 0 || got.Patient.Malformed {
		return nil, fmt.Errorf("asking for Patient/%s: the answer is no Patient that can be understood", plain(patient))
	}
	for _, typ := range fhir.Searched() {
		if typ == "Patient" {
			continue
		}
		err := a.search(ctx, got, typ, patient)
		var refused statusError
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &refused) && refused.unknown():
			got.NotOffered = append(got.NotOffered, typ)
		default:
			got.Failed = append(got.Failed, fmt.Errorf("asking for %s: %w", typ, err))
		}
	}
	return got, nil
}

// search takes up each page of one type.
func (a *Asker) search(ctx context.Context, got *Answered, typ, patient string) error {
	target := fhir.Request{
		Interaction: fhir.Search, Type: typ, Patient: fhir.PatientRef{LocalID: patient},
		Params: []fhir.Param{{Name: "_count", Value: strconv.Itoa(a.limits.Count)}},
	}.Target(patient)
	passed := map[string]bool{}
	for page := 1; target != ""; page++ {
		if passed[target] {
			return errors.New("the pages lead to one another: a further one could not be had")
		}
		passed[target] = true
		if page > a.limits.Pages || len(got.Entries) >= a.limits.Entries {
			got.Cut = append(got.Cut, typ)
			return nil
		}
		body, err := a.get(ctx, target)
		if err != nil {
			return err
		}
		var bundle searchset
		if json.Unmarshal(body, &bundle) != nil || bundle.Type != "Bundle" || bundle.Kind != "searchset" {
			return errors.New("the answer is no searchset")
		}
		for i, e := range bundle.Entry {
			if e.Search.Mode == "outcome" {
				continue
			}
			entry := Entry{Resource: e.Resource, Place: fmt.Sprintf("%s, page %d, entry %d", typ, page, i+1)}
			if entry.Resource == nil {
				entry.Fault = noEntry
			}
			got.Entries = append(got.Entries, entry)
		}
		if target, err = a.next(got, body, typ); err != nil {
			return err
		}
	}
	return nil
}

type searchset struct {
	Type  string `json:"resourceType"`
	Kind  string `json:"type"`
	Entry []struct {
		Resource json.RawMessage `json:"resource"`
		Search   struct {
			Mode string `json:"mode"`
		} `json:"search"`
	} `json:"entry"`
}

// next is where the next page is, "" when there is none. A base that is not declared is
// noted, and taken from then on: what stands behind it is asked of the source's own.
func (a *Asker) next(got *Answered, body []byte, typ string) (string, error) {
	link, odd, err := fhir.NextOf(body)
	switch {
	case err != nil:
		return "", errors.New("the answer is no searchset")
	case odd:
		return "", errors.New("the link to the next page is none that can be followed: two of them, or no address")
	case link == "":
		return "", nil
	}
	target, ok := a.links.Relative(link, "")
	if ok {
		return target, nil
	}
	base, found := a.links.BaseOf(link, typ)
	if !found {
		return "", fmt.Errorf("the link to the next page cannot be followed: it leads to no page below the source's base (%s)", plain(machineOf(link)))
	}
	if a.links, err = a.links.With(base); err != nil {
		return "", err
	}
	got.LinkBases = append(got.LinkBases, base)
	target, _ = a.links.Relative(link, "")
	return target, nil
}

// machineOf is what of an address names no patient.
func machineOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "not an address"
	}
	return u.Scheme + "://" + u.Host
}

// get asks for one answer.
func (a *Asker) get(ctx context.Context, target string) ([]byte, error) {
	if target == "" {
		return nil, errors.New("that is no id of FHIR's")
	}
	at := strings.TrimSuffix(a.source.BaseURL, "/") + "/" + target
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, errors.New("the address cannot be asked")
	}
	for name, values := range a.header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/fhir+json")
	req.Header.Set("Prefer", "handling=strict")
	req.Header.Set("User-Agent", "mcr")
	res, err := a.client.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the address, which names the patient
		}
		return nil, fmt.Errorf("the source does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, statusError{res.StatusCode, kindOf(res)}
	}
	if kind := kindOf(res); kind != "application/fhir+json" && kind != "application/json" {
		return nil, fmt.Errorf("the answer is not FHIR, but %s: is this the FHIR base?", plain(kind))
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, a.source.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the source's answer broke off: %w", err)
	}
	if int64(len(body)) > a.source.MaxBytes {
		return nil, fmt.Errorf("the answer is larger than %d bytes (max_bytes of the source): ask for fewer entries a page", a.source.MaxBytes)
	}
	return body, nil
}

func kindOf(res *http.Response) string {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || kind == "" {
		return "of no content type"
	}
	return kind
}

// statusError is an answer that is no success.
type statusError struct {
	status int
	kind   string
}

// unknown reports whether the source does not know what was asked.
func (e statusError) unknown() bool {
	switch e.status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return true
	}
	return false
}

func (e statusError) Error() string {
	switch {
	case e.status == http.StatusUnauthorized:
		return "401: the source wants to know who asks; give a token with --token-file"
	case e.status == http.StatusForbidden:
		return "403: the source does not let this token see it"
	case e.status >= 300 && e.status < 400:
		return fmt.Sprintf("%d: the source points to another address; give that one", e.status)
	case e.status == http.StatusNotFound && !strings.HasSuffix(e.kind, "json"):
		return "404, and not FHIR: is this the FHIR base?"
	case e.status == http.StatusNotFound || e.status == http.StatusGone:
		return fmt.Sprintf("%d: the source does not know it", e.status)
	}
	return fmt.Sprintf("the source answers %d", e.status)
}
