package broker

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/room"
)

// Why a source's answer cannot be used.
var (
	errSourceAway    = errors.New("the source did not answer")
	errSourceBroke   = errors.New("the source's answer broke off")
	errNotUnderstood = errors.New("the source's answer cannot be understood")
)

// fetched is a source's whole answer. It must be freed.
type fetched struct {
	rec     *recorder
	found   bool  // false: the source knows no such thing (404, 410)
	reading int64 // what is counted for reading it
}

// outcome says that the answer is an OperationOutcome: that a FHIR API stands there,
// whatever else it says.
func (f *fetched) outcome() bool {
	found, err := fhir.PatientOf(f.body())
	return err == nil && found.Type == "OperationOutcome"
}

func (f *fetched) body() []byte { return f.rec.text }

func (f *fetched) free() {
	if f != nil && f.rec != nil {
		f.rec.free()
		f.rec = nil
	}
}

// fetch asks the source for target ("Observation?patient=1", relative to the
// source's base) and takes its whole answer. What the source sees is built here
// from nothing but the target: no header, parameter or body of the client.
func (x *exchange) fetch(ctx context.Context, target string) (*fetched, error) {
	rec, err := x.ask(ctx, target, acceptJSON, x.broker.Source.MaxBytes)
	if err != nil {
		return nil, err
	}
	found, err := understood(rec)
	if err != nil {
		rec.free()
		return nil, err
	}
	got := &fetched{rec: rec, found: found}
	if rec.size > firstBytes { // else it is counted already
		got.reading = fhir.Memory(rec.text)
		if err := rec.take(got.reading); err != nil {
			rec.free()
			return nil, err
		}
	}
	return got, nil
}

// read gives back what reading it took.
func (f *fetched) read() {
	f.rec.give(f.reading)
	f.reading = 0
}

// ask asks the source for target and takes its answer, of whatever kind, up to a limit.
func (x *exchange) ask(ctx context.Context, target string, accept []string, limit int64) (*recorder, error) {
	ctx, cancel := context.WithTimeout(ctx, x.broker.Source.Timeout)
	defer cancel()
	out, err := x.outbound(ctx, target, accept)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotUnderstood, err)
	}
	rec := newRecorder(ctx, x.share, limit)
	err = run(x.next, rec, out)
	if over := ctx.Err(); over != nil && rec.err == nil {
		// However a proxy tells that a source was too slow, and whether it does: what is
		// here is the beginning of an answer.
		err = fmt.Errorf("%w: %w", errSourceAway, over)
	}
	if err == nil {
		err = rec.join()
	}
	if err != nil {
		rec.free()
		return nil, err
	}
	x.record.SourceStatus = rec.status
	x.record.BytesReceived += int64(rec.size)
	return rec, nil
}

// run calls next and turns a panic of a proxy (http.ErrAbortHandler when the
// source dies in the middle of its answer) into an error. A proxy panics in the
// same way when the recorder takes no more: then the source is not to blame.
func run(next Next, rec *recorder, out *http.Request) (err error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case rec.err != nil:
			err = rec.fault()
		default:
			err = errSourceBroke
		}
	}()
	err = next(rec, out)
	if rec.err != nil {
		return rec.fault()
	}
	if err != nil && !errors.Is(err, errSourceBroke) {
		return fmt.Errorf("%w: %w", errSourceAway, err)
	}
	return err
}

// fault is why the recorder took no more.
func (rec *recorder) fault() error {
	if errors.Is(rec.err, room.ErrFull) {
		return rec.err // nobody's fault
	}
	return fmt.Errorf("%w: %w", errNotUnderstood, rec.err)
}

// understood checks everything about an answer but its content.
func understood(rec *recorder) (found bool, err error) {
	if found, err := whole(rec); err != nil || !found {
		return found, err
	}
	switch rec.header.Get("Content-Type") {
	case "application/fhir+json", "application/fhir+json;charset=UTF-8", "application/json":
	default:
		kind, parameters, err := mime.ParseMediaType(rec.header.Get("Content-Type"))
		if err != nil || (kind != "application/fhir+json" && kind != "application/json") {
			return false, fmt.Errorf("%w: content type", errNotUnderstood)
		}
		if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
			return false, fmt.Errorf("%w: charset", errNotUnderstood)
		}
	}
	return true, nil
}

// whole says whether a source's answer has what was asked for, and came to its end.
func whole(rec *recorder) (found bool, err error) {
	switch {
	case rec.status == http.StatusNotFound || rec.status == http.StatusGone:
		return false, nil
	case rec.status >= 500 || rec.status == 0:
		return false, fmt.Errorf("%w: status %d", errSourceAway, rec.status)
	case rec.status != http.StatusOK: // a redirect, too: none is followed
		return false, fmt.Errorf("%w: status %d", errNotUnderstood, rec.status)
	}
	if coding := rec.header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return false, fmt.Errorf("%w: content encoding", errNotUnderstood)
	}
	if length := rec.header.Get("Content-Length"); length != "" && length != strconv.Itoa(rec.size) {
		return false, errSourceBroke
	}
	return true, nil
}

// outbound builds the request to the source. The context of the client's request
// stays: a Next on plain net/http may find in it what belongs to the request.
func (x *exchange) outbound(ctx context.Context, target string, accept []string) (*http.Request, error) {
	if target == "" {
		return nil, errors.New("nothing that is asked of a source")
	}
	path, query, _ := strings.Cut(target, "?")
	full := x.broker.basePath + "/" + path
	if path == "" {
		full = x.broker.basePath
	}
	u := &url.URL{Path: full, RawQuery: query, Scheme: x.broker.baseScheme, Host: x.broker.baseHost}
	if u.EscapedPath() != full {
		return nil, errors.New("target is not canonical")
	}
	out := x.request.WithContext(ctx)
	out.Method = http.MethodGet
	out.URL = u
	out.Host = x.broker.baseHost
	out.RequestURI = u.RequestURI()
	out.Body, out.ContentLength, out.TransferEncoding = http.NoBody, 0, nil
	out.Close = false // the client's connection ends, and not that to the source
	out.Form, out.PostForm, out.MultipartForm, out.Trailer = nil, nil, nil, nil
	out.Header = http.Header{
		"Accept":          accept,
		"Accept-Encoding": acceptIdentity,
		"Prefer":          preferStrict,
		"User-Agent":      userAgent,
		"X-Request-Id":    {x.record.ID},
	}
	if x.traceparent != "" {
		out.Header["Traceparent"] = []string{x.traceparent}
	}
	return out, nil
}

// Shared header values: read by the proxy, never written.
var (
	acceptJSON     = []string{"application/fhir+json"}
	acceptIdentity = []string{"identity"}
	preferStrict   = []string{"handling=strict"}
	userAgent      = []string{"mcr"}
)

// outcomeOf says how a request ended that failed for err.
func outcomeOf(err error) audit.Outcome {
	if errors.Is(err, errSourceBroke) {
		return audit.Incomplete
	}
	return audit.Failed
}
